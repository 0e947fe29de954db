public import InferenceEngine
public import Tokenization

/// A message of an earlier session, read back from the store.
public struct RestoredMessage: Sendable, Hashable {
    /// Who said what. A system message sets the conversation's system prompt.
    public var message: ChatMessage
    /// Whether the message is a reply that was stopped before its end.
    public var interrupted: Bool

    /// The tokens of the message's turn and their routing, oldest first; empty where none were kept.
    public var trace: [TracedToken]

    /// Creates a message of an earlier session.
    public init(message: ChatMessage, interrupted: Bool = false, trace: [TracedToken] = []) {
        self.message = message
        self.interrupted = interrupted
        self.trace = trace
    }
}
