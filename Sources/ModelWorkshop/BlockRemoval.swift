public import MoDModel

/// Whole blocks left out for every token: what routing token by token is held against.
///
/// Blocks go one after the other, each time the one without which the text surprises the model least
/// (arXiv 2402.09025, §3.2). Only routed blocks are candidates, as for routing; anchor tokens stay processed.
public struct BlockRemoval: Sendable {
    /// Indices among the routed blocks, the first to go first.
    public let order: [Int]

    private let weights: WeightBytes
    private let blockCount: Int

    /// Finds the order on a text, with about b²/2 passes over it for b routed blocks.
    ///
    /// - Parameter progress: is told how much is done, 0…1.
    /// - Throws: `WorkshopError.model` for a token that is not in the vocabulary.
    public init(
        model: MoDModel, scorer: TextScorer, text: [Int32], progress: (Double) -> Void
    ) throws(WorkshopError) {
        var order: [Int] = []
        var left = Array(model.description.routedBlocks.indices)
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
        weights = model.description.weights
        blockCount = model.description.blockCount
    }

    /// The fewest blocks to remove so that a token reads no more than so much of the dense model's weights, 0…1.
    /// A removed block has no keys and values either, since nobody attends there.
    public func count(reading part: Double) -> Int {
        let read = weights.outsideBlocks + blockCount * weights.fullBlock
        let excess = Double(read) - part * Double(weights.whole(blockCount: blockCount))
        let count = (excess / Double(weights.fullBlock)).rounded(.up)
        return min(max(Int(count), 0), order.count)
    }

    /// The routing that leaves out the first `count` blocks of the order.
    public func policy(removing count: Int) -> RoutingPolicy {
        Self.policy(without: Array(order.prefix(count)), of: order.count)
    }

    private static func policy(without removed: [Int], of count: Int) -> RoutingPolicy {
        var thresholds = [Thresholds](repeating: .none, count: count)
        for block in removed { thresholds[block] = Thresholds(.infinity) }
        return .thresholds(thresholds)
    }
}
