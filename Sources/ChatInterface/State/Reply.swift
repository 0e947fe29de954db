import InferenceEngine

/// The reply under way.
struct Reply: Sendable, Hashable {
    enum Phase: Sendable, Hashable {
        /// Asked for; nothing heard yet.
        case waiting
        /// The prompt goes through the model.
        case reading(processed: Int, total: Int)
        /// Tokens come.
        case writing
    }

    var phase = Phase.waiting
    /// The user has stopped it; the engine has not said so yet.
    var isStopping = false
    /// All tokens of this turn, for the store.
    var trace: [TracedToken] = []
    var text = ""
    var generatedTokens = 0
    var speed = SpeedMeter()
}
