public import MoDModel

/// A token of the conversation with its routing trace, and, where the model generated it, how sure it was.
public struct TracedToken: Sendable, Hashable {
    /// The model's distribution where the token was drawn.
    public struct Prediction: Sendable, Hashable {
        /// The token's probability before temperature and truncation, 0…1.
        public var probability: Float
        /// The entropy of the distribution, in nats.
        public var entropy: Float
        /// The most probable other tokens, most probable first.
        public var runnersUp: [GeneratedToken.Candidate]

        /// Creates a prediction.
        public init(probability: Float, entropy: Float, runnersUp: [GeneratedToken.Candidate]) {
            self.probability = probability
            self.entropy = entropy
            self.runnersUp = runnersUp
        }
    }

    /// The vocabulary index.
    public var id: Int32
    /// What the token reads as by itself.
    public var text: String
    /// What every block decided.
    public var routing: TokenRouting
    /// Nil for tokens of the prompt.
    public var prediction: Prediction?

    /// Creates a traced token.
    public init(id: Int32, text: String, routing: TokenRouting, prediction: Prediction?) {
        self.id = id
        self.text = text
        self.routing = routing
        self.prediction = prediction
    }

    /// A token of the prompt.
    public init(_ token: PromptToken) {
        self.init(id: token.id, text: token.text, routing: token.routing, prediction: nil)
    }

    /// A token of a reply; nil where the model never read it, for then it has no routing.
    public init?(_ token: GeneratedToken) {
        guard let routing = token.routing else { return nil }
        let prediction = Prediction(
            probability: token.probability, entropy: token.entropy, runnersUp: token.runnersUp)
        self.init(id: token.id, text: token.text, routing: routing, prediction: prediction)
    }
}
