public import MoDModel

/// Why the engine could not answer.
public enum EngineError: Error, Sendable, Hashable {
    /// The newest message alone, with the system prompt, leaves no room for a reply: the prompt would be at least
    /// `tokens` tokens long and may be `limit`.
    case promptTooLong(tokens: Int, limit: Int)
    /// A reply is already under way on this engine.
    case busy
    /// The forward pass failed.
    case model(ModelError)
    /// The model gives no token a probability.
    case noPrediction
}

extension EngineError: CustomStringConvertible {
    /// One line for the user: what happened and what to do next.
    public var description: String {
        switch self {
        case .promptTooLong(let tokens, let limit):
            """
            With its system prompt the message has at least \(tokens) tokens, and there is room for \(limit) beside an \
            answer. Shorten it, or split it in parts.
            """
        case .busy:
            "A reply is still being written. Stop it first."
        case .model(let error):
            "\(error)"
        case .noPrediction:
            "The model predicts nothing: its file is probably damaged. Fetch or convert it again."
        }
    }
}
