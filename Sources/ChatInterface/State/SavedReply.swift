public import InferenceEngine

/// A reply whose turn is over, with all that is worth keeping of it.
public struct SavedReply: Sendable, Hashable {
    /// What the model said, exactly as it came.
    public var text: String
    /// Every token that went through the model in this turn, the prompt's first.
    public var trace: [TracedToken]
    /// Whether the reply was stopped before its end.
    public var interrupted: Bool

    /// Creates a reply to save.
    public init(text: String, trace: [TracedToken], interrupted: Bool) {
        self.text = text
        self.trace = trace
        self.interrupted = interrupted
    }
}
