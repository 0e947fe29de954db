import ConversationStore
import Foundation

/// Where a user's files go, by the XDG Base Directory Specification.
enum UserFolders {
    /// The folder for conversations, and for models of the user's own; nil where the user has no home.
    static var data: String? { try? ConversationStore.defaultFolder() }

    /// The folder for what is worth keeping between runs and no more: the log; nil where the user has no home.
    static var state: String? {
        let environment = ProcessInfo.processInfo.environment
        if let given = environment["XDG_STATE_HOME"], given.hasPrefix("/") { return given + "/fathom" }
        return ConversationStore.homeFolder().map { $0 + "/.local/state/fathom" }
    }
}
