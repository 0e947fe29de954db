import Foundation
import Logging
import Synchronization

/// Writes the log to a file, since the screen is the chat's.
struct LogFile: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info
    private let file: FileHandle

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// A logger that writes to a file in the user's state folder; one that says nothing where that cannot be written.
    static func logger() -> Logger {
        Logger(label: "fathom") { _ in open() ?? SwiftLogNoOpLogHandler() }
    }

    /// The longest log, in bytes; one grown beyond it begins anew.
    private static let longest: UInt64 = 4 << 20

    private static func open() -> (any LogHandler)? {
        guard let folder = UserFolders.state else { return nil }
        try? FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        // Appending, so that two programs at once do not write over each other's lines.
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC
        let descriptor = Foundation.open(folder + "/fathom.log", flags, 0o600)
        guard descriptor >= 0 else { return nil }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        if let end = try? file.seekToEnd(), end > longest { try? file.truncate(atOffset: 0) }
        return LogFile(file: file)
    }

    private init(file: FileHandle) {
        self.file = file
    }

    /// The present time in UTC, as ISO 8601 has it. By the C library: Foundation's formatter would bring megabytes of
    /// tables into the chat's memory.
    private static func time() -> String {
        var now = Foundation.time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let length = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: text[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
            .map { " \($0.key)=\($0.value)" }.joined()
        try? file.write(contentsOf: Data("\(Self.time()) \(event.level) \(event.message)\(fields)\n".utf8))
    }
}
