import Foundation

/// A file that a command writes at its end. That it can be written is seen at the beginning, before any work.
struct OutputFile {
    private let path: String

    /// - Throws: a `Failure` of kind `cannotWrite` where nothing can be written at the path.
    init(_ path: String) throws(Failure) {
        self.path = path
        let folder = URL(filePath: path).deletingLastPathComponent().path
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        guard !isFolder.boolValue else { throw Failure(.cannotWrite, "\(path) is a folder.") }
        guard access(exists ? path : folder, W_OK) == 0 else {
            throw Failure(.cannotWrite, "\(path) cannot be written: \(String(cString: strerror(errno))).")
        }
    }

    /// Puts the file in place as a whole, over one that may be there.
    ///
    /// - Throws: a `Failure` of kind `cannotWrite`.
    func write(_ data: Data) throws(Failure) {
        do {
            try data.write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw Failure(.cannotWrite, "\(path) cannot be written: \(Output.reason(error)).")
        }
    }
}
