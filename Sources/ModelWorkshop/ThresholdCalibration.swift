public import MoDModel

/// Finds the thresholds τ_l(c) by running chats on the int8 engine and reading off quantiles of the scores.
///
/// A model that carries shares (`CapacityShares`) gets them: at each block the quantile of its own scores.
/// Otherwise the quantile is taken over the scores of all routed blocks together, as if they predicted the same
/// quantity: so the global capacity is shared out among the blocks by how much they do, and the mean over the
/// blocks is c.
public struct ThresholdCalibration {
    private let corpus: ChatCorpus
    private let session: ModelSession
    private let blockCount: Int
    private let shares: CapacityShares?

    /// How often the corpus is run at one capacity: bypassed blocks change the residuals that later blocks
    /// score, so the first quantiles are taken at the wrong routing and the second at very nearly the right
    /// one.
    private static let passes = 2

    /// Prepares a calibration.
    ///
    /// - Throws: `WorkshopError.unsuitable` for a model without routers, or with shares that are none.
    public init(model: MoDModel, corpus: ChatCorpus, threads: Int?) throws(WorkshopError) {
        guard !model.description.routedBlocks.isEmpty else {
            throw .unsuitable("The model has no depth routers to calibrate. Make one with `fathom convert`.")
        }
        self.corpus = corpus
        blockCount = model.description.routedBlocks.count
        shares = try CapacityShares(of: model)
        session = try WorkshopError.wrapping { () throws(ModelError) in
            try ModelSession(model: model, threadCount: threads)
        }
    }

    /// The table on a grid of sixteenths.
    ///
    /// - Parameter progress: is told the share done, 0…1.
    public func table(progress: (Double) -> Void) throws(WorkshopError) -> ThresholdTable {
        let steps = Capacity.steps
        var scores = try self.scores(at: [Float](repeating: -.infinity, count: blockCount))
        // From capacity 1 down; [grid point][routed block].
        var columns = [thresholds(scores, step: steps)]
        for step in stride(from: steps - 1, to: 0, by: -1) {
            var column = thresholds(scores, step: step)
            for _ in 0..<Self.passes {
                scores = try self.scores(at: column)
                column = thresholds(scores, step: step)
            }
            columns.append(zip(column, columns[columns.count - 1]).map(max))
            progress(Double(steps - step) / Double(steps))
        }
        // At capacity 0 no score of the corpus is enough, with nothing processed before it, nor is one of another text:
        // that counts for more than what is processed on the way to 1/16.
        scores = try self.scores(at: [Float](repeating: .infinity, count: blockCount))
        columns.append(zip(thresholds(scores, step: 0), columns[columns.count - 1]).map { max($0, $1) + 1 })
        let rows = (0..<blockCount).map { block in columns.reversed().map { $0[block] } }
        let grid = (0...steps).map { Float($0) / Float(steps) }
        guard let table = ThresholdTable(capacities: grid, thresholds: rows) else {
            throw .unsuitable("The routers give scores that are not finite; the weights are damaged.")
        }
        return table
    }

    /// The scores of each block, ascending, with the blocks at these thresholds.
    private func scores(at thresholds: [Float]) throws(WorkshopError) -> [[Float]] {
        try RouterScores(session: session, corpus: corpus, thresholds: thresholds).ascending
    }

    /// The threshold of each block at a grid point, by the scores there.
    private func thresholds(_ scores: [[Float]], step: Int) -> [Float] {
        guard let shares else {
            let together = scores.flatMap(\.self).sorted()
            let threshold = quantile(together, 1 - Double(step) / Double(Capacity.steps))
            return [Float](repeating: threshold, count: blockCount)
        }
        return zip(scores, shares.rows).map { scores, row in
            switch row[step] {
            case 1 where step == Capacity.steps && row[step - 1] < 1: return scores.first ?? 0
            case 1: return -beyond(scores.reversed().map { -$0 })
            case 0: return beyond(scores)
            case let share: return quantile(scores, 1 - Double(share))
            }
        }
    }

    /// Above these scores, and those of other texts, which may go somewhat further. Not much further: between two points of
    /// the grid thresholds are linear, and so should be what is processed.
    private func beyond(_ sorted: [Float]) -> Float {
        guard let lowest = sorted.first, let highest = sorted.last else { return 0 }
        return max(highest + (highest - lowest) / 16, highest.nextUp)
    }

    private func quantile(_ sorted: [Float], _ share: Double) -> Float {
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(Int(share * Double(sorted.count)), sorted.count - 1)]
    }
}
