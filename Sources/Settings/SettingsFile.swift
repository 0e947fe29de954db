import Configuration
public import Foundation
import TOMLKit

/// The file in which a user keeps settings.
public struct SettingsFile: Sendable {
    /// The absolute path of the file, which need not exist.
    public let path: String

    /// Names a file.
    public init(path: String) {
        self.path = path
    }

    /// The user's file by the XDG Base Directory Specification: `fathom/config.toml` in `$XDG_CONFIG_HOME` where that
    /// is an absolute path (others are to be ignored), else in `~/.config`.
    ///
    /// - Parameter home: The user's home folder.
    /// - Throws: `SettingsError.noHome` where there is none.
    public init(
        home: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(SettingsError) {
        if let folder = environment["XDG_CONFIG_HOME"], folder.hasPrefix("/") {
            path = folder + "/fathom/config.toml"
        } else if let home {
            path = home + "/.config/fathom/config.toml"
        } else {
            throw .noHome
        }
    }

    /// Gives a setting a value in the file, which is made where it is missing. All other lines stay, and so does the
    /// comment behind the old value.
    ///
    /// - Throws: `SettingsError` where the file cannot be read or written, or is no TOML; it is not changed then.
    public func set(_ setting: Setting, to value: SettingValue) throws(SettingsError) {
        var statements = TOMLStatements(try document() ?? "")
        statements.set(setting.name, to: value.literal)
        try write(statements.document)
    }

    /// Takes the value of a name out of the file. All other lines stay.
    ///
    /// - Parameter name: A setting's, or one that is none and has strayed into the file.
    /// - Returns: Whether the file gave it one.
    /// - Throws: `SettingsError` where the file cannot be read or written, or is no TOML; it is not changed then.
    public func remove(_ name: String) throws(SettingsError) -> Bool {
        guard let document = try document() else { return false }
        var statements = TOMLStatements(document)
        guard statements.remove(name) else { return false }
        try write(statements.document)
        return true
    }

    /// The file's text, sound TOML; nil where there is no file.
    func document() throws(SettingsError) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT || errno == ENOTDIR { return nil }
        guard descriptor >= 0 else {
            throw .unreadable(path: path, reason: String(cString: strerror(errno)))
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard let data = try? file.read(upToCount: Self.longest + 1) ?? Data() else {
            throw .unreadable(path: path, reason: "it is no file")
        }
        guard data.count <= Self.longest else {
            throw .unreadable(path: path, reason: "it is over \(Self.longest) bytes")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw .unreadable(path: path, reason: "it is not UTF-8")
        }
        // TOML allows none, and its reader would take it for the end.
        guard !data.contains(0) else { throw .unreadable(path: path, reason: "it has a byte 0") }
        do {
            _ = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            throw .syntax(
                path: path, line: error.source.begin.line, column: error.source.begin.column,
                // Where its reader was in the grammar tells nobody anything.
                reason: error.description.replacing(#/^Error while parsing [^:]*: /#, with: ""))
        } catch {
            throw .unreadable(path: path, reason: "\(error)")
        }
        return text
    }

    private func write(_ document: String) throws(SettingsError) {
        // Where the file is a link, as people who keep such files elsewhere have it, what it leads to is written.
        let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        do {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(document.utf8).write(to: url, options: .atomic)
        } catch {
            let error = error as NSError
            let cause = (error.userInfo[NSUnderlyingErrorKey] as? any Error).map { $0 as NSError } ?? error
            let reason =
                cause.domain == NSPOSIXErrorDomain
                ? String(cString: strerror(Int32(cause.code))) : "the system does not say why"
            throw .unwritable(path: path, reason: reason)
        }
    }

    /// The longest file that is read, in bytes.
    private static let longest = 1 << 20
}
