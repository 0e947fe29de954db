import Foundation

/// The folder that holds the database, and the care with which it and the file are made: what people say to a
/// model is for their own eyes.
struct DataFolder: Sendable {
    let path: String

    /// Makes the folder, with the folders above it that are missing, for the user alone (mode 0700, as the XDG
    /// Base Directory Specification asks). A folder already there keeps its mode.
    ///
    /// - Throws: `StoreError.unusableFolder`.
    func make() throws(StoreError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
                return
            }
            throw .unusableFolder(path: path, reason: Self.words(for: error))
        }
    }

    /// Makes `name` an empty file for the user alone (mode 0600) where there is nothing yet; SQLite gives its
    /// companion files the same mode.
    ///
    /// A file already there is not even opened: closing it would drop the locks that SQLite holds on it elsewhere
    /// in this process (https://www.sqlite.org/howtocorrupt.html, §2.2).
    ///
    /// - Throws: `StoreError.readOnly`, `.full` or `.cannotOpen`.
    func makeFile(named name: String) throws(StoreError) {
        let file = path + "/" + name
        let descriptor = open(file, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            close(descriptor)
            return
        }
        switch errno {
        case EEXIST: return
        case EACCES, EPERM, EROFS: throw .readOnly(path: file)
        case ENOSPC, EDQUOT: throw .full(path: file)
        case let code: throw .cannotOpen(path: file, reason: String(cString: strerror(code)))
        }
    }

    /// The system's words for an error of Foundation's, whose own are whole sentences about something else.
    static func words(for error: any Error) -> String {
        var next: NSError? = error as NSError
        while let error = next {
            if error.domain == NSPOSIXErrorDomain, let code = Int32(exactly: error.code) {
                return String(cString: strerror(code))
            }
            next = (error.userInfo[NSUnderlyingErrorKey] as? any Error).map { $0 as NSError }
        }
        return "the system does not say why"
    }
}
