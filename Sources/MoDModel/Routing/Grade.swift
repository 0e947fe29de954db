/// How deep one token went through one block. Thin and full tokens are processed.
public enum Grade: UInt8, Sendable, Hashable, CaseIterable, Comparable, BitwiseCopyable {
    /// The token's residual went on unchanged; with the kv policy `all` the token has keys and values in the block all
    /// the same.
    case bypassed
    /// The token went through attention and the first hidden units of the feed-forward, those that matter most.
    case thin
    /// The token went through the whole block.
    case full

    /// Whether a grade is less deep than another.
    public static func < (left: Grade, right: Grade) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// Why a token went as deep as it did through a routed block.
public enum RoutingReason: UInt8, Sendable, Hashable, CaseIterable, BitwiseCopyable {
    /// The capacity was 1, or the block has no router: the token went in full.
    case dense
    /// The token is one of the first of its context, which go through every block in full (attention sinks, arXiv
    /// 2309.17453).
    case anchor
    /// The token's score was compared with the thresholds.
    case score
    /// The token's score asked for more, but the block's budget was spent.
    case budget
    /// A random number decided, whatever the score.
    case chance
}

/// What a routed block decided about one token.
package struct RoutingDecision: BitwiseCopyable {
    /// How deep the token is to go through the block.
    package var grade: Grade
    /// Why it is to go so deep.
    package var reason: RoutingReason

    /// Creates a decision about a token.
    package init(grade: Grade, reason: RoutingReason) {
        self.grade = grade
        self.reason = reason
    }
}

/// The scores from which on a routed block takes a token in full, and at least thin.
public struct Thresholds: Sendable, Hashable, BitwiseCopyable {
    /// The score from which on a token goes in full.
    public var full: Float
    /// The score from which on a token goes at least thin; not above `full`, and equal to it without a thin path.
    public var thin: Float

    /// Creates thresholds of both grades; `thin` must not be above `full`.
    public init(full: Float, thin: Float) {
        self.full = full
        self.thin = thin
    }

    /// Creates thresholds without a thin grade: from this score on a token goes in full, below it is bypassed.
    public init(_ threshold: Float) {
        self.init(full: threshold, thin: threshold)
    }

    /// Thresholds that every score reaches: all tokens go in full.
    public static let none = Thresholds(-.infinity)

    /// The grade that a score reaches. A score that is not a number reaches no threshold.
    func grade(of score: Float) -> Grade {
        score >= full ? .full : score >= thin ? .thin : .bypassed
    }
}

/// What shares of the tokens that come to a block should go how deep there.
package struct BlockShares: Hashable, BitwiseCopyable {
    /// The share of tokens that should go in full, 0…1.
    package var full: Float
    /// The share of tokens that should be processed, in full or thin, 0…1.
    package var processed: Float
}

extension Grade {
    /// The grade's name, as tables, legends and JSON have it: `bypassed`, `thin` or `full`.
    public var name: String {
        switch self {
        case .bypassed: "bypassed"
        case .thin: "thin"
        case .full: "full"
        }
    }
}

extension RoutingReason {
    /// The reason's name, as tables and JSON have it: `dense`, `anchor`, `score`, `budget` or `chance`.
    public var name: String {
        switch self {
        case .dense: "dense"
        case .anchor: "anchor"
        case .score: "score"
        case .budget: "budget"
        case .chance: "chance"
        }
    }
}
