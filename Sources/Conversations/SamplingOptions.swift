/// How the next token is drawn from the model's distribution.
public struct SamplingOptions: Sendable, Hashable, Codable {
    /// Divides the logits; 0 always takes the most probable token that the penalties leave.
    public var temperature: Float
    /// Keep only this many of the most probable tokens; 0 keeps all.
    public var topK: Int
    /// Keep the smallest set of tokens whose probabilities reach this sum; 1 keeps all (arXiv 1904.09751).
    public var topP: Float
    /// Keep tokens whose probability is at least this fraction of the highest; 0 keeps all (arXiv 2407.01082).
    public var minP: Float
    /// Divides the logits of recent tokens where positive, multiplies them where negative; 1 changes nothing
    /// (arXiv 1909.05858, §4.1).
    public var repetitionPenalty: Float
    /// What the logit of a token loses that would go on repeating twelve or more tokens of the reply, and more with
    /// every further one; 0 changes nothing (DRY, P. E. Weidmann, 2024).
    public var loopPenalty: Float
    /// Starts the random numbers; one seed, prompt and set of options always give one reply.
    public var seed: UInt64
    /// The most tokens to generate in one reply.
    public var maximumTokens: Int

    /// Creates options; the defaults are those of a chat.
    public init(
        temperature: Float = 0.6, topK: Int = 40, topP: Float = 0.92, minP: Float = 0,
        repetitionPenalty: Float = 1, loopPenalty: Float = 1, seed: UInt64 = .random(in: 0 ... .max),
        maximumTokens: Int = 1024
    ) {
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.minP = minP
        self.repetitionPenalty = repetitionPenalty
        self.loopPenalty = loopPenalty
        self.seed = seed
        self.maximumTokens = maximumTokens
    }
}
