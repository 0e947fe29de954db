/// How deep one token went through one block.
public enum Grade: UInt8, Sendable, Hashable, CaseIterable, Comparable, BitwiseCopyable {
    /// The residual goes on unchanged; with kv policy `all` the token still has its keys and values there.
    case bypassed
    /// Attention, and the first rows of the feed-forward, those that matter most.
    case thin
    /// The whole block.
    case full

    /// Orders by depth.
    public static func < (left: Grade, right: Grade) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// Why a token went as deep as it did through a routed block.
public enum RoutingReason: UInt8, Sendable, Hashable, CaseIterable, BitwiseCopyable {
    /// The capacity is 1.
    case dense
    /// It is among the first positions of a context, which every block processes (attention sinks, arXiv 2309.17453).
    case anchor
    /// Its score was compared with the thresholds.
    case score
    /// Its score asked for more, but the block's budget was spent.
    case budget
    /// A draw decided, whatever the score.
    case chance
}

/// What a routed block decided about one token.
package struct RoutingDecision: BitwiseCopyable {
    package var grade: Grade
    package var reason: RoutingReason

    package init(grade: Grade, reason: RoutingReason) {
        self.grade = grade
        self.reason = reason
    }
}

/// The scores from which on a routed block processes a token.
public struct Thresholds: Sendable, Hashable, BitwiseCopyable {
    /// In full from this score on.
    public var full: Float
    /// At least thin from this score on, which is not above `full`; the same where there is no thin path.
    public var thin: Float

    /// Creates a pair.
    public init(full: Float, thin: Float) {
        self.full = full
        self.thin = thin
    }

    /// In full from this score on, and below it not at all.
    public init(_ threshold: Float) {
        self.init(full: threshold, thin: threshold)
    }

    /// Whatever the score.
    public static let none = Thresholds(-.infinity)

    /// The grade that a score reaches. A score that is not a number reaches none.
    func grade(of score: Float) -> Grade {
        score >= full ? .full : score >= thin ? .thin : .bypassed
    }
}

/// What a block should make of tokens at a capacity.
package struct BlockShares: Hashable, BitwiseCopyable {
    /// Share of tokens in full.
    package var full: Float
    /// Share of tokens in full or thin.
    package var processed: Float
}
