import InferenceEngine
import MoDModel

/// What became of one token at one block.
enum BlockOutcome: Sendable, Hashable {
    /// The block has no router.
    case always
    /// The block's router decided.
    case routed(BlockDecision)
    /// The trace does not say: it was kept from another model, or damaged.
    case unknown
}

/// How deep a routed block took one token, and why.
struct BlockDecision: Sendable, Hashable {
    var grade: Grade
    var reason: RoutingReason
    /// The router's score for the token.
    var score: Float
    /// The thresholds in force at the block when the token came.
    var thresholds: Thresholds
}

/// Finds a block in the arrays of a trace, which hold scores for routed blocks only.
struct BlockMap: Sendable, Hashable {
    /// Blocks in the model.
    let count: Int
    /// The blocks that have a router, ascending, each within `0..<count`.
    let routed: [Int]
    /// [blocks]: a block's place among the routed ones; nil for a block without a router.
    private let scoreIndex: [Int?]

    init(_ model: ModelDescription) {
        count = max(0, model.blockCount)
        var index = [Int?](repeating: nil, count: count)
        for (place, block) in model.routedBlocks.enumerated() where index.indices.contains(block) {
            index[block] = place
        }
        scoreIndex = index
        routed = index.indices.filter { index[$0] != nil }
    }

    /// Whether the block has a router.
    func isRouted(_ block: Int) -> Bool {
        scoreIndex.indices.contains(block) && scoreIndex[block] != nil
    }

    /// The router's score for a token at a block; nil where the block has no router or the trace no score.
    func score(of routing: TokenRouting, at block: Int) -> Float? {
        guard scoreIndex.indices.contains(block), let place = scoreIndex[block],
            routing.scores.indices.contains(place)
        else { return nil }
        return routing.scores[place]
    }

    /// What became of a token at a block.
    func outcome(of routing: TokenRouting, at block: Int) -> BlockOutcome {
        guard scoreIndex.indices.contains(block), routing.grades.indices.contains(block) else {
            return .unknown
        }
        guard let place = scoreIndex[block] else { return .always }
        guard routing.scores.indices.contains(place), routing.thresholds.indices.contains(place),
            routing.reasons.indices.contains(place)
        else { return .unknown }
        return .routed(
            BlockDecision(
                grade: routing.grades[block], reason: routing.reasons[place], score: routing.scores[place],
                thresholds: routing.thresholds[place]))
    }
}
