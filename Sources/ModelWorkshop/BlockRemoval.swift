public import MoDModel

/// Whole blocks left out for every token, and nothing put in their place: what routing token by token is held against.
///
/// Blocks go one after the other, each time the one without which the text surprises the model least
/// (arXiv 2402.09025, §3.2). Only routed blocks are candidates, as for routing; anchor tokens stay processed.
public struct BlockRemoval {
    /// Indices among the routed blocks, the first to go first.
    public let order: [Int]

    private let scorer: TextScorer

    /// Finds the order on a text, with about b²/2 passes over it for b routed blocks.
    ///
    /// - Parameters:
    ///   - session: of a model without stand-ins. What it holds is lost.
    ///   - window: tokens in a window of a text, at least 2.
    ///   - progress: is told how much is done, 0…1.
    /// - Throws: `WorkshopError.unsuitable` for a model with stand-ins; `WorkshopError.model` for a token that is not
    ///   in the vocabulary.
    public init(
        session: ModelSession, window: Int, text: [Int32], progress: (Double) -> Void
    ) throws(WorkshopError) {
        guard session.model.configuration.routing.standInRank == nil else {
            throw .unsuitable("A model with stand-ins puts these in the place of blocks that are removed.")
        }
        scorer = TextScorer(session: session, window: window)
        var order: [Int] = []
        var left = Array(session.model.description.routedBlocks.indices)
        let all = left.count
        while left.count > 1 {
            var best = (place: 0, loss: Double.infinity)
            for (place, block) in left.enumerated() {
                let policy = Self.policy(without: order + [block], of: all)
                let score = try scorer.score(text, capacity: .dense, policy: policy)
                if score.negativeLogLikelihood < best.loss { best = (place, score.negativeLogLikelihood) }
            }
            order.append(left.remove(at: best.place))
            progress(1 - Double(left.count * left.count) / Double(all * all))
        }
        self.order = order + left
    }

    /// The fewest blocks to remove so that a token reads no more than so much of the dense model's weights, 0…1.
    /// A removed block has no keys and values either, since nobody attends there.
    public func count(reading part: Double) -> Int {
        let (weights, blockCount) = (scorer.model.description.weights, scorer.model.description.blockCount)
        let read = weights.outsideBlocks + blockCount * weights.fullBlock
        let excess = Double(read) - part * Double(weights.whole(blockCount: blockCount))
        let count = (excess / Double(weights.fullBlock)).rounded(.up)
        return min(max(Int(count), 0), order.count)
    }

    /// Scores texts, each in a context of its own, without the first `count` blocks of the order.
    ///
    /// - Throws: `WorkshopError.model` for a token that is not in the vocabulary.
    public func score(_ texts: [ScoredText], removing count: Int) throws(WorkshopError) -> TextScore {
        let policy = Self.policy(without: Array(order.prefix(count)), of: order.count)
        return try scorer.score(texts, capacity: .dense, policy: policy)
    }

    private static func policy(without removed: [Int], of count: Int) -> RoutingPolicy {
        var thresholds = [Thresholds](repeating: .none, count: count)
        for block in removed { thresholds[block] = Thresholds(.infinity) }
        return .thresholds(thresholds)
    }
}
