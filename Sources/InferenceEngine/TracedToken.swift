public import MoDModel

/// A token of a conversation with its routing trace, and, where the model generated it, how sure the model was of it.
public struct TracedToken: Sendable, Hashable {
    /// The model's distribution where a token was drawn.
    public struct Prediction: Sendable, Hashable {
        /// The token's probability before penalty, temperature and truncation, 0…1.
        public var probability: Float
        /// The entropy of the distribution, in nats.
        public var entropy: Float
        /// The most probable tokens but for the drawn one, most probable first.
        public var runnersUp: [GeneratedToken.Candidate]

        /// Creates a record of the distribution where a token was drawn.
        public init(probability: Float, entropy: Float, runnersUp: [GeneratedToken.Candidate]) {
            self.probability = probability
            self.entropy = entropy
            self.runnersUp = runnersUp
        }
    }

    /// The token, an index of the vocabulary.
    public var id: Int32
    /// What the token reads as by itself; part of a character reads as U+FFFD.
    public var text: String
    /// How deep the token went through each block, and why.
    public var routing: TokenRouting
    /// The distribution that the token was drawn from; nil for a token of the prompt.
    public var prediction: Prediction?

    /// Creates a traced token.
    public init(id: Int32, text: String, routing: TokenRouting, prediction: Prediction?) {
        self.id = id
        self.text = text
        self.routing = routing
        self.prediction = prediction
    }

    /// Traces a token of the prompt.
    public init(_ token: PromptToken) {
        self.init(id: token.id, text: token.text, routing: token.routing, prediction: nil)
    }

    /// Traces a token of a reply; nil where the model never read it, so that it has no routing.
    public init?(_ token: GeneratedToken) {
        guard let routing = token.routing else { return nil }
        let prediction = Prediction(
            probability: token.probability, entropy: token.entropy, runnersUp: token.runnersUp)
        self.init(id: token.id, text: token.text, routing: routing, prediction: prediction)
    }
}
