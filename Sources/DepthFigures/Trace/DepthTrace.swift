public import InferenceEngine
public import MoDModel

/// How deep the tokens of a text went through a model, and what may be known of them besides: what all figures are made
/// of.
public struct DepthTrace: Sendable, Hashable {
    /// One token.
    public struct Token: Sendable, Hashable {
        /// The token and its routing, of the model that the trace names.
        public var traced: TracedToken
        /// Whether the model wrote the token itself.
        public var isReply: Bool
        /// Whether the token adds nothing to a text, such as `<|im_start|>`.
        public var isSpecial: Bool
        /// The logit lens at the token; nil where it was not read.
        public var lens: LogitLens.Reading?

        /// Creates a token without a reading of the lens.
        public init(_ traced: TracedToken, isReply: Bool, isSpecial: Bool) {
            self.traced = traced
            self.isReply = isReply
            self.isSpecial = isSpecial
        }
    }

    /// The model.
    public var model: ModelDescription
    /// The capacity asked for.
    public var capacity: Capacity
    /// The policy that the tokens were routed by.
    public var policy: RoutingPolicy
    /// The seed that a reply was drawn with; nil without a reply.
    public var seed: UInt64?
    /// The tokens by position, from 0.
    public var tokens: [Token]

    /// Creates a trace from its parts. Every token's routing must have as many blocks and scores as the model.
    public init(
        model: ModelDescription, capacity: Capacity, policy: RoutingPolicy, seed: UInt64? = nil,
        tokens: [Token]
    ) {
        self.model = model
        self.capacity = capacity
        self.policy = policy
        self.seed = seed
        self.tokens = tokens
    }

    /// The routed blocks' work for a token ÷ their work if they all took it in full, 0…1; 1 in a dense model.
    func work(of token: Token) -> Double {
        let routed = model.routedBlocks
        guard !routed.isEmpty else { return 1 }
        return token.traced.routing.work(at: routed, thinWork: model.weights.thinWork) / Double(routed.count)
    }

    /// The realised capacity: the mean work of a token, 0…1; 1 without tokens.
    var realised: Double {
        tokens.isEmpty ? 1 : tokens.reduce(0) { $0 + work(of: $1) } / Double(tokens.count)
    }

    /// The work that a block did ÷ what it would have done had it taken all tokens in full, 0…1.
    func realised(block: Int) -> Double {
        guard !tokens.isEmpty else { return 1 }
        let work = tokens.reduce(0) {
            $0 + $1.traced.routing.work(at: [block], thinWork: model.weights.thinWork)
        }
        return work / Double(tokens.count)
    }

    /// One line that says what the trace is of: model, capacity, policy, seed, tokens.
    var caption: String {
        var parts = [model.name]
        if !model.routedBlocks.isEmpty {
            parts.append("capacity \(capacity.value.short(4)) asked, \(realised.short(3)) real")
            parts.append("policy \(policy.caption)")
        }
        if let seed { parts.append("seed \(seed)") }
        parts.append("\(tokens.count) tokens")
        return parts.joined(separator: " · ")
    }
}

extension RoutingPolicy {
    /// The policy as captions name it, with what it was given.
    var caption: String {
        switch self {
        case .budget(let window): "budget of \(window) tokens"
        case .random(let seed): "random, seed \(seed)"
        case .held, .table, .thresholds: name
        }
    }
}
