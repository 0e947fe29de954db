import Foundation
import Logging
import Synchronization

/// The log goes to a file: the screen is the chat's.
struct LogFile: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info
    private let file: FileHandle

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// A logger to $XDG_STATE_HOME/fathom/fathom.log; one that says nothing where that cannot be written.
    static func logger() -> Logger {
        Logger(label: "fathom") { _ in open() ?? SwiftLogNoOpLogHandler() }
    }

    /// A log grown beyond this begins anew.
    private static let longest: UInt64 = 4 << 20

    private static func open() -> (any LogHandler)? {
        let given = ProcessInfo.processInfo.environment["XDG_STATE_HOME"].flatMap {
            $0.hasPrefix("/") ? $0 : nil
        }
        let home = FileManager.default.homeDirectoryForCurrentUser.path
        let folder = URL(fileURLWithPath: (given ?? home + "/.local/state") + "/fathom")
        try? FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let path = folder.appendingPathComponent("fathom.log").path
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(
                atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        guard let file = FileHandle(forUpdatingAtPath: path) else { return nil }
        if let end = try? file.seekToEnd(), end > longest { try? file.truncate(atOffset: 0) }
        return LogFile(file: file)
    }

    private init(file: FileHandle) {
        self.file = file
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
            .map { " \($0.key)=\($0.value)" }.joined()
        let time = Date().formatted(.iso8601)
        try? file.write(contentsOf: Data("\(time) \(event.level) \(event.message)\(fields)\n".utf8))
    }
}
