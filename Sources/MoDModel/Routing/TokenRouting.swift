/// The routing trace of one token: how deep it went through each block, and why.
public struct TokenRouting: Sendable, Hashable {
    /// [blocks]: how deep the token went through each block. Blocks without a router are always full.
    public var grades: [Grade]
    /// [routed blocks], ascending: the router's score of the token.
    public var scores: [Float]
    /// [routed blocks], ascending: the thresholds in force when the token came; −∞ where the token went in full
    /// whatever its score.
    public var thresholds: [Thresholds]
    /// [routed blocks], ascending: why the token has its grade.
    public var reasons: [RoutingReason]
    /// [blocks]: the experts that the token went through, the highest score first; none where the block bypassed it, or
    /// where the no-op scored highest. Empty in a model without experts.
    public var experts: [[UInt16]]

    /// Creates a routing trace from its parts.
    public init(
        grades: [Grade], scores: [Float], thresholds: [Thresholds], reasons: [RoutingReason],
        experts: [[UInt16]] = []
    ) {
        self.grades = grades
        self.scores = scores
        self.thresholds = thresholds
        self.reasons = reasons
        self.experts = experts
    }

    /// The token's depth: how many blocks processed it, thin or in full.
    public var depth: Int {
        grades.count { $0 > .bypassed }
    }

    /// The work of the token at some blocks, in units of a block in full: 1 for each that took it in full, `thinWork`
    /// for each that took it thin.
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
