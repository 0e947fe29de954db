/// The routing trace of one token: what every block decided about it.
public struct TokenRouting: Sendable, Hashable {
    /// Whether each block processed the token; one element a block. Blocks without a router always do.
    public var processed: [Bool]
    /// The router's score at each routed block, in ascending block order.
    public var scores: [Float]
    /// The threshold in force at each routed block when the token came, in the order of `scores`.
    /// `-infinity` where the token was processed whatever its score (dense, or an anchor token).
    public var thresholds: [Float]

    /// Creates a trace from its parts.
    public init(processed: [Bool], scores: [Float], thresholds: [Float]) {
        self.processed = processed
        self.scores = scores
        self.thresholds = thresholds
    }

    /// How many blocks processed the token.
    public var depth: Int {
        processed.count { $0 }
    }
}
