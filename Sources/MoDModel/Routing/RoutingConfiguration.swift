/// How a block's output joins the residual of a processed token.
public enum Gate: String, Sendable, Hashable, CaseIterable {
    /// x + f(x).
    case hard
    /// x + σ(s)·f(x), which lets a router train through the language-model loss (arXiv 2404.02258, §3.4).
    case scaled
}

/// Which tokens have keys and values at a routed block.
public enum KVPolicy: String, Sendable, Hashable, CaseIterable {
    /// Every token: no hole in the cache, so that the capacity can change at any time.
    case all
    /// Processed tokens only; the others cannot be attended to there (arXiv 2404.02258, §3.3).
    case routed
}

/// What a `mod-llama` file says about routing.
public struct RoutingConfiguration: Sendable, Hashable {
    /// The blocks that have a router, ascending.
    public var blocks: [Int]
    /// The gate the weights were trained for.
    public var gate: Gate
    /// The kv policy the weights were trained for.
    public var kv: KVPolicy
    /// The first positions of a context, which every block processes (attention sinks, arXiv 2309.17453).
    public var anchorTokens: Int
    /// Rows of the feed-forward that a thin token goes through, the first ones; nil where there is no thin path.
    public var thinLength: Int?
    /// The capacity to start with.
    public var defaultCapacity: Capacity

    /// Creates a configuration.
    public init(
        blocks: [Int], gate: Gate, kv: KVPolicy, anchorTokens: Int, thinLength: Int? = nil,
        defaultCapacity: Capacity
    ) {
        self.blocks = blocks
        self.gate = gate
        self.kv = kv
        self.anchorTokens = anchorTokens
        self.thinLength = thinLength
        self.defaultCapacity = defaultCapacity
    }

    /// No routed block: the dense model.
    public static let dense = RoutingConfiguration(
        blocks: [], gate: .hard, kv: .all, anchorTokens: 0, defaultCapacity: .dense)
}
