public import MoDModel

/// What the engine tells while it answers, in the order it happens. Every stream ends with `finished` or `failed`.
public enum GenerationEvent: Sendable {
    /// The context was full: this many of the conversation's oldest messages, system messages not counted, are no
    /// longer seen by the model. Comes first, and only where the number is not that of the reply before.
    case droppedOldestMessages(Int)
    /// A chunk of the prompt went through the model; `processed` of the `total` tokens to compute are now done.
    /// Tokens kept from earlier turns are not reported again and not counted.
    case prompt(tokens: [PromptToken], processed: Int, total: Int)
    /// One token of the reply.
    case token(GeneratedToken)
    /// The reply is over.
    case finished(FinishReason, GenerationStatistics)
    /// The reply could not go on; the conversation itself is intact.
    case failed(EngineError)
}

/// Why a reply ended.
public enum FinishReason: String, Sendable, Hashable, Decodable {
    /// The model ended its turn.
    case endOfTurn
    /// `SamplingOptions.maximumTokens` were generated.
    case length
    /// The context is full.
    case contextFull
    /// The user stopped it.
    case cancelled
}

/// A prompt token and how deep it went.
public struct PromptToken: Sendable, Hashable {
    /// The vocabulary index.
    public var id: Int32
    /// What the token reads as; may be part of a character, shown then as U+FFFD.
    public var text: String
    /// What every block decided.
    public var routing: TokenRouting
    /// The capacity it was read at.
    public var capacity: Capacity
    /// The policy it was read under.
    public var policy: RoutingPolicy

    /// Creates a record of one prompt token.
    public init(
        id: Int32, text: String, routing: TokenRouting, capacity: Capacity, policy: RoutingPolicy
    ) {
        self.id = id
        self.text = text
        self.routing = routing
        self.capacity = capacity
        self.policy = policy
    }
}

/// A generated token: what it adds to the reply, how sure the model was, and how deep it went.
public struct GeneratedToken: Sendable, Hashable {
    /// A token that could have come instead.
    public struct Candidate: Sendable, Hashable {
        /// The vocabulary index.
        public var id: Int32
        /// What the token reads as.
        public var text: String
        /// Its probability before temperature and truncation, 0…1.
        public var probability: Float

        /// Creates a candidate.
        public init(id: Int32, text: String, probability: Float) {
            self.id = id
            self.text = text
            self.probability = probability
        }
    }

    /// The vocabulary index.
    public var id: Int32
    /// What the token reads as by itself; may be part of a character, shown then as U+FFFD.
    public var text: String
    /// The text this token completes: whole characters only, empty while one is still incomplete.
    public var delta: String
    /// The model's probability for this token before temperature and truncation, 0…1.
    public var probability: Float
    /// The entropy of the model's distribution, in nats.
    public var entropy: Float
    /// The most probable other tokens, most probable first.
    public var runnersUp: [Candidate]
    /// What every block decided about **this** token when it went through the model, or nil for the last
    /// token of a reply, which the model never read.
    public var routing: TokenRouting?
    /// The capacity at which the model read this token; for one it never read, the capacity asked for then.
    public var capacity: Capacity
    /// The policy under which the model read this token; for one it never read, the policy in force then.
    public var policy: RoutingPolicy

    /// Creates a record of one generated token.
    public init(
        id: Int32, text: String, delta: String, probability: Float, entropy: Float,
        runnersUp: [Candidate], routing: TokenRouting?, capacity: Capacity, policy: RoutingPolicy
    ) {
        self.id = id
        self.text = text
        self.delta = delta
        self.probability = probability
        self.entropy = entropy
        self.runnersUp = runnersUp
        self.routing = routing
        self.capacity = capacity
        self.policy = policy
    }
}

/// What a reply cost.
public struct GenerationStatistics: Sendable, Hashable, Decodable {
    /// Prompt tokens that went through the model for this reply (not those kept from earlier turns).
    public var promptTokens: Int
    /// Prompt tokens already in the KV cache.
    public var reusedTokens: Int
    /// Tokens generated, the end of the turn included.
    public var generatedTokens: Int
    /// Seconds spent on the prompt.
    public var promptSeconds: Double
    /// Seconds spent generating.
    public var generationSeconds: Double
    /// The work of the routed blocks for the generated tokens ÷ that of all of them in full, 0…1; 1 where there are none.
    public var realisedCapacity: Double
    /// Weights read per generated token ÷ those the dense model, which has no routers, reads. 1 where there are none.
    /// By the tokens' routing: what drafts read, and what tokens verified together save, is left out.
    public var weightsReadShare: Double
    /// Tokens in the context after the reply.
    public var contextTokens: Int
    /// Tokens drafted at a lower capacity; `Speculation` says what for.
    public var draftedTokens: Int
    /// How many of them became part of the reply.
    public var keptTokens: Int

    /// Creates the statistics of one reply.
    public init(
        promptTokens: Int, reusedTokens: Int, generatedTokens: Int, promptSeconds: Double,
        generationSeconds: Double, realisedCapacity: Double, weightsReadShare: Double, contextTokens: Int,
        draftedTokens: Int = 0, keptTokens: Int = 0
    ) {
        self.promptTokens = promptTokens
        self.reusedTokens = reusedTokens
        self.generatedTokens = generatedTokens
        self.promptSeconds = promptSeconds
        self.generationSeconds = generationSeconds
        self.realisedCapacity = realisedCapacity
        self.weightsReadShare = weightsReadShare
        self.contextTokens = contextTokens
        self.draftedTokens = draftedTokens
        self.keptTokens = keptTokens
    }
}
