public import Conversations
public import InferenceEngine
public import TerminalKit

/// All that can happen to a chat. Times are measured from any fixed moment by a clock that never goes back. They are
/// when a thing happened, not when it was drawn; the tokens that a reply brought between two frames may have one time.
public enum ChatEvent: Sendable {
    /// A key, a paste, a new size, the end of the terminal.
    case terminal(TerminalEvent, at: Duration)
    /// The engine tells about a reply. Ignored unless that is the one under way.
    case generation(GenerationEvent, at: Duration)
    /// Time passes. Worth sending when `ChatState.wakeTime` has come; more often does no harm.
    case tick(at: Duration)
    /// The runtime has something to say: a file saved, a store that broke.
    case notice(Notice)
    /// A conversation was read back from the store, where it has this number; nil where it is kept already. It takes so
    /// many tokens of the context by the engine's count, and `traces` are those of its newest turns, by the message
    /// that ended each. It takes the place of the one shown. Ignored while a reply is under way.
    case restored(
        Conversation, as: StoredConversation.ID?, traces: [Message.ID: [TracedToken]], contextTokens: Int)
    /// The traces of turns, by the message that ended each: the answer to the request of this number. Ignored where a
    /// later one was made.
    case traced([Message.ID: [TracedToken]], request: Int)
    /// The conversations that have all words of a query, those to be listed first first.
    case found([StoredConversation], query: String)
    /// What the user sent in earlier sessions, the newest first.
    case recalled([String])
    /// The engine found something out about depth.
    case answered(DepthAnswer)
    /// The user's editor was closed, with this text in it.
    case edited(String)
}
