import ConversationStore
import Foundation

/// Where a user's files go, by the XDG Base Directory Specification.
enum UserFolders {
    /// The folder for conversations, and for models of the user's own.
    static var data: String { ConversationStore.defaultFolder() }

    /// The folder for what is worth keeping between runs and no more: the log.
    static var state: String {
        let environment = ProcessInfo.processInfo.environment
        if let given = environment["XDG_STATE_HOME"], given.hasPrefix("/") { return given + "/fathom" }
        let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory()
        return home + "/.local/state/fathom"
    }
}
