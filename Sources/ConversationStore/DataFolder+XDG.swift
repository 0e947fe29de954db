public import Foundation

extension ConversationStore {
    /// The path of the folder for conversations according to the XDG Base Directory Specification: `fathom` in
    /// `$XDG_DATA_HOME` where that is an absolute path (others are to be ignored), else in `~/.local/share`.
    public static func defaultFolder(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String {
        if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return data + "/fathom" }
        let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory()
        return home + "/.local/share/fathom"
    }
}
