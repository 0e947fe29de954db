/// The routing trace of one token: what every block decided about it, and why.
public struct TokenRouting: Sendable, Hashable {
    /// How deep the token went through each block; one element a block. Blocks without a router are always full.
    public var grades: [Grade]
    /// The router's score at each routed block, in ascending block order.
    public var scores: [Float]
    /// The thresholds in force at each routed block when the token came, in the order of `scores`; −∞ where the token was
    /// processed whatever its score.
    public var thresholds: [Thresholds]
    /// Why each routed block decided so, in the order of `scores`.
    public var reasons: [RoutingReason]

    /// Creates a trace from its parts.
    public init(grades: [Grade], scores: [Float], thresholds: [Thresholds], reasons: [RoutingReason]) {
        self.grades = grades
        self.scores = scores
        self.thresholds = thresholds
        self.reasons = reasons
    }

    /// How many blocks processed the token, thin or in full.
    public var depth: Int {
        grades.count { $0 > .bypassed }
    }

    /// The work of a token at some of the blocks, ÷ that of all of them in full.
    ///
    /// - Parameter thinWork: the work of a token that goes thin, ÷ that of one in full.
    public func work(at blocks: [Int], thinWork: Double) -> Double {
        blocks.reduce(0) { sum, block in
            switch grades[block] {
            case .bypassed: sum
            case .thin: sum + thinWork
            case .full: sum + 1
            }
        }
    }
}
