/// Why the engine could not answer. Each case says what to do next.
public enum EngineError: Error, Sendable, Hashable {
    /// The newest message alone, with the system prompt, leaves no room for a reply: the prompt would be `tokens`
    /// tokens long and may be `limit`.
    case promptTooLong(tokens: Int, limit: Int)
    /// A reply is already under way on this engine.
    case busy
    /// The forward pass failed; `reason` is one line for the user.
    case model(reason: String)
}

extension EngineError: CustomStringConvertible {
    /// One line for the user: what happened and what to do next.
    public var description: String {
        switch self {
        case .promptTooLong(let tokens, let limit):
            """
            With its system prompt the message is \(tokens) tokens long, and there is room for \(limit) beside an \
            answer. Shorten it, or split it in parts.
            """
        case .busy:
            "A reply is still being written. Stop it first (Ctrl-C)."
        case .model(let reason):
            reason
        }
    }
}
