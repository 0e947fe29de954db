public import MoDModel

/// What the engine tells while it writes a reply, in the order it happens. Every stream of events ends with `finished`
/// or `failed`.
public struct GenerationEvent: Sendable {
    /// What happened.
    public enum Kind: Sendable {
        /// The context was full: the model does not see so many of the conversation's oldest messages, system messages
        /// not counted. Comes first, and only where the number differs from that of the reply before.
        case droppedOldestMessages(Int)
        /// A chunk of the prompt went through the model (prefill); with it `processed` of the `total` tokens that are
        /// to be computed are done. Tokens in the KV cache from earlier turns are neither told of nor counted.
        case prompt(tokens: [PromptToken], processed: Int, total: Int)
        /// One token of the reply was drawn and, as a rule, read by the model (decode).
        case token(GeneratedToken)
        /// The reply is over; nothing follows.
        case finished(FinishReason, GenerationStatistics)
        /// The reply could not go on, and nothing follows; the conversation itself is intact.
        case failed(EngineError)
    }

    /// The reply that the event belongs to.
    public var reply: ReplyID
    /// Tokens in the context once it had happened, prompt and reply together; nil for a reply that failed before it
    /// touched the context.
    public var contextTokens: Int?
    /// What happened.
    public var kind: Kind

    /// Creates an event of a reply, with so many tokens in the context.
    public init(_ kind: Kind, of reply: ReplyID, contextTokens: Int?) {
        self.kind = kind
        self.reply = reply
        self.contextTokens = contextTokens
    }
}

/// The name of a reply, by which its events are told from those of others. Whoever asks for replies numbers them: names
/// are distinct only among those that one caller gives.
public struct ReplyID: Sendable, Hashable {
    private var number: Int

    /// The name of the first reply of a caller, or of one that never has two under way.
    public static let first = ReplyID(number: 1)

    /// The name of the reply after this one.
    public var next: ReplyID { ReplyID(number: number + 1) }
}

/// Why a reply ended.
public enum FinishReason: String, Sendable, Hashable, Decodable {
    /// The model ended its turn.
    case endOfTurn
    /// `SamplingOptions.maximumTokens` were generated.
    case length
    /// The context has no room for another token.
    case contextFull
    /// The reply was stopped from outside.
    case cancelled
}

/// A token of a prompt that went through the model, and how deep it went.
public struct PromptToken: Sendable, Hashable {
    /// The token, an index of the vocabulary.
    public var id: Int32
    /// What the token reads as by itself; part of a character reads as U+FFFD.
    public var text: String
    /// How deep the token went through each block, and why.
    public var routing: TokenRouting
    /// The capacity that the token was routed at.
    public var capacity: Capacity
    /// The policy that the token was routed by.
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

/// A token of a reply: what it adds to the reply, how sure the model was of it, and how deep it went.
public struct GeneratedToken: Sendable, Hashable {
    /// A token that could have come in place of the one that was drawn.
    public struct Candidate: Sendable, Hashable {
        /// The token, an index of the vocabulary.
        public var id: Int32
        /// What the token reads as by itself; part of a character reads as U+FFFD.
        public var text: String
        /// The token's probability before penalty, temperature and truncation, 0…1.
        public var probability: Float

        /// Creates a record of a token that could have come.
        public init(id: Int32, text: String, probability: Float) {
            self.id = id
            self.text = text
            self.probability = probability
        }
    }

    /// The token, an index of the vocabulary.
    public var id: Int32
    /// What the token reads as by itself; part of a character reads as U+FFFD.
    public var text: String
    /// The text that the token completes: whole characters only, empty while one is still incomplete.
    public var delta: String
    /// The model's probability for the token before penalty, temperature and truncation, 0…1.
    public var probability: Float
    /// The entropy of the model's distribution where the token was drawn, in nats.
    public var entropy: Float
    /// The most probable tokens but for this one, most probable first.
    public var runnersUp: [Candidate]
    /// How deep **this** token went through each block when the model read it, and why; nil for a token that it never
    /// read, for want of room in the context.
    public var routing: TokenRouting?
    /// The capacity that the token was routed at when the model read it; for one it never read, the capacity in force.
    public var capacity: Capacity
    /// The policy that the token was routed by when the model read it; for one it never read, the policy in force.
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
    /// Prompt tokens that went through the model for the reply; those in the KV cache from earlier turns are not
    /// counted.
    public var promptTokens: Int
    /// Prompt tokens that were in the KV cache already.
    public var reusedTokens: Int
    /// Tokens generated, the one that ended the turn included.
    public var generatedTokens: Int
    /// Seconds spent on the prompt (prefill).
    public var promptSeconds: Double
    /// Seconds spent generating (decode).
    public var generationSeconds: Double
    /// The realised capacity: the routed blocks' work for the generated tokens ÷ their work if every token went in
    /// full, 0…1; 1 without generated tokens or routed blocks.
    public var realisedCapacity: Double
    /// Bytes of weights read per generated token ÷ those the dense model, which has no routers, reads; 1 without
    /// generated tokens. By the tokens' routing: what drafts read, and what tokens verified together save, is left out.
    public var weightsReadShare: Double
    /// Tokens drafted, by the model or by prompt lookup; `Speculation` says what for.
    public var draftedTokens: Int
    /// How many of the drafted tokens were verified and became part of the reply.
    public var keptTokens: Int

    /// Creates the statistics of one reply.
    public init(
        promptTokens: Int, reusedTokens: Int, generatedTokens: Int, promptSeconds: Double,
        generationSeconds: Double, realisedCapacity: Double, weightsReadShare: Double,
        draftedTokens: Int = 0, keptTokens: Int = 0
    ) {
        self.promptTokens = promptTokens
        self.reusedTokens = reusedTokens
        self.generatedTokens = generatedTokens
        self.promptSeconds = promptSeconds
        self.generationSeconds = generationSeconds
        self.realisedCapacity = realisedCapacity
        self.weightsReadShare = weightsReadShare
        self.draftedTokens = draftedTokens
        self.keptTokens = keptTokens
    }
}
