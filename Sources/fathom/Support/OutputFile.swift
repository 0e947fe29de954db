import Foundation

/// A file that a command writes at its end. That it can be written is seen at the beginning, before any work.
///
/// What is at the path stays what it is: a link leads on, a device or a pipe takes the data, and a file keeps who may
/// read it.
struct OutputFile {
    /// As given, for what is said of it.
    private let path: String
    /// Where that leads.
    private let target: String
    /// The mode of a new file, before the user's mask.
    private let mode: mode_t
    /// Whether there is something at the path that is written into, not replaced.
    private let isStream: Bool

    /// - Parameter isPrivate: whether a new file is for nobody but the user.
    /// - Throws: a `Failure` of kind `cannotWrite` where nothing can be written at the path.
    init(_ path: String, isPrivate: Bool = false) throws(Failure) {
        self.path = path
        guard !path.isEmpty else { throw Failure(.cannotWrite, "The name of the file to write is empty.") }
        target =
            realpath(path, nil).map { name in
                defer { free(name) }
                return String(cString: name)
            } ?? path
        var status = stat()
        let exists = stat(target, &status) == 0
        let kind = status.st_mode & S_IFMT
        guard !exists || kind != S_IFDIR else { throw Failure(.cannotWrite, "\(path) is a folder.") }
        isStream = exists && kind != S_IFREG
        mode = exists ? status.st_mode & 0o7777 : isPrivate ? 0o600 : 0o666
        let place = exists ? target : URL(filePath: target).deletingLastPathComponent().path
        guard access(place, W_OK) == 0 else { throw refusal(errno) }
    }

    /// Puts the file in place as a whole, over one that may be there.
    ///
    /// - Throws: a `Failure` of kind `cannotWrite`.
    func write(_ data: Data) throws(Failure) {
        guard !isStream else {
            let descriptor = open(target, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw refusal(errno) }
            defer { close(descriptor) }
            return try write(data, to: descriptor)
        }
        let draft = "\(target).\(getpid()).draft"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw refusal(errno) }
        var isInPlace = false
        defer {
            close(descriptor)
            if !isInPlace { unlink(draft) }
        }
        try write(data, to: descriptor)
        // The mask does not narrow what the file was before.
        if access(target, F_OK) == 0 { fchmod(descriptor, mode) }
        guard fsync(descriptor) == 0, rename(draft, target) == 0 else { throw refusal(errno) }
        isInPlace = true
    }

    private func write(_ data: Data, to descriptor: Int32) throws(Failure) {
        do {
            try FileHandle(fileDescriptor: descriptor).write(contentsOf: data)
        } catch {
            throw Failure(.cannotWrite, "\(path) cannot be written: \(Output.reason(error)).")
        }
    }

    private func refusal(_ code: Int32) -> Failure {
        Failure(.cannotWrite, "\(path) cannot be written: \(String(cString: strerror(code))).")
    }
}
