/// How a block's output f(x) joins the residual x of a processed token.
public enum Gate: String, Sendable, Hashable, CaseIterable {
    /// x + f(x).
    case hard
    /// x + σ(s)·f(x) with the router's score s, through which a router learns from the language-model loss
    /// (arXiv 2404.02258, §3.4).
    case scaled
}

/// Which tokens have keys and values in a routed block.
public enum KVPolicy: String, Sendable, Hashable, CaseIterable {
    /// Every token: the cache has no holes, so that the capacity can change at any token.
    case all
    /// Processed tokens only; bypassed ones cannot be attended to in the block (arXiv 2404.02258, §3.3).
    case routed
}

/// What a routed model's file says about routing.
public struct RoutingConfiguration: Sendable, Hashable {
    /// The blocks that have a router, ascending.
    public var blocks: [Int]
    /// The gate the weights were trained for.
    public var gate: Gate
    /// The kv policy the weights were trained for.
    public var kv: KVPolicy
    /// How many tokens at the beginning of a context go through every block in full (attention sinks, arXiv
    /// 2309.17453).
    public var anchorTokens: Int
    /// Hidden units of the feed-forward that a thin token goes through, the first ones; nil without a thin path.
    public var thinLength: Int?
    /// Rank of the map of a block's normed input that a bypassed token gets in place of the block's output; nil where
    /// its residual stays as it is.
    public var standInRank: Int?
    /// The capacity that a session starts with.
    public var defaultCapacity: Capacity

    /// Creates a routing configuration from its parts.
    public init(
        blocks: [Int], gate: Gate, kv: KVPolicy, anchorTokens: Int, thinLength: Int? = nil,
        standInRank: Int? = nil, defaultCapacity: Capacity
    ) {
        self.blocks = blocks
        self.gate = gate
        self.kv = kv
        self.anchorTokens = anchorTokens
        self.thinLength = thinLength
        self.standInRank = standInRank
        self.defaultCapacity = defaultCapacity
    }

    /// The configuration of a model without routed blocks.
    public static let dense = RoutingConfiguration(
        blocks: [], gate: .hard, kv: .all, anchorTokens: 0, defaultCapacity: .dense)
}
