#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A file that is written under a temporary name beside its destination, and deleted unless it is moved there.
final class TemporaryFile {
    /// Where the file is to be.
    let destination: String
    private let path: String
    private var descriptor: Int32
    /// Removes the file when a signal ends the process; nil when there is nothing to remove.
    private var unfinished: UnfinishedFiles.Entry?

    /// Makes an empty file.
    ///
    /// - Throws: `GGUFError.unwritable` where none can be made beside the destination, or where something lies at the
    ///   destination that is no plain file: a folder, a device or a link is not to be replaced.
    init(for destination: String) throws(GGUFError) {
        self.destination = destination
        path = "\(destination).\(getpid())-\(UInt32.random(in: 0...UInt32.max)).partial"
        descriptor = -1
        var status = stat()
        if lstat(destination, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            throw .unwritable(
                path: destination, reason: "it is there and is no plain file; give another path")
        }
        let entry = UnfinishedFiles.add(path)
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            let reason = SystemError.last
            entry.end()
            throw .unwritable(path: destination, reason: reason)
        }
        unfinished = entry
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        remove()
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(GGUFError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let chunk = UnsafeRawBufferPointer(rebasing: rest)
            #if canImport(Darwin)
                let written = Darwin.write(descriptor, chunk.baseAddress, min(chunk.count, 1 << 30))
            #elseif canImport(Glibc)
                let written = Glibc.write(descriptor, chunk.baseAddress, min(chunk.count, 1 << 30))
            #elseif canImport(Musl)
                let written = Musl.write(descriptor, chunk.baseAddress, min(chunk.count, 1 << 30))
            #endif
            if written < 0 {
                if errno == EINTR { continue }
                throw .unwritable(path: destination, reason: SystemError.last)
            }
            rest = rest.dropFirst(written)
        }
    }

    func write(_ bytes: [UInt8]) throws(GGUFError) {
        try bytes.withUnsafeBufferPointer { (buffer) throws(GGUFError) in
            try write(UnsafeRawBufferPointer(buffer))
        }
    }

    /// Takes the file's name away: it lives as long as it is open or mapped, however the process ends.
    func remove() {
        guard let unfinished else { return }
        unlink(path)
        unfinished.end()
        self.unfinished = nil
    }

    /// Maps what has been written.
    func map() throws(GGUFError) -> MappedFile {
        try MappedFile(descriptor: descriptor, path: destination)
    }

    /// Puts the bytes on the disk and closes the file, so that moving it there is all that is left.
    func finish() throws(GGUFError) {
        defer {
            close(descriptor)
            descriptor = -1
        }
        guard fsync(descriptor) == 0 else {
            throw .unwritable(path: destination, reason: SystemError.last)
        }
    }

    /// Removes the file that is at the destination, if there is one.
    func removeDestination() {
        unlink(destination)
    }

    /// Moves the file to its destination in one step, over what is there.
    func move() throws(GGUFError) {
        guard rename(path, destination) == 0 else {
            throw .unwritable(path: destination, reason: SystemError.last)
        }
        unfinished?.end()
        unfinished = nil
    }
}
