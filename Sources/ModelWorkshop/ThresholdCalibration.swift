public import MoDModel

/// Finds the thresholds τ_l(c) by running chats on the int8 engine and reading off quantiles of the scores.
///
/// The quantile is taken over the scores of all routed blocks together, since they predict the same quantity:
/// so the global capacity is shared out among the blocks by how much they do, and the mean over the blocks is
/// c.
public struct ThresholdCalibration {
    private let model: MoDModel
    private let corpus: ChatCorpus
    private let session: ModelSession

    /// How often the corpus is run at one capacity: bypassed blocks change the residuals that later blocks
    /// score, so the first quantiles are taken at the wrong routing and the second at very nearly the right
    /// one.
    private static let passes = 2

    /// Prepares a calibration.
    ///
    /// - Throws: `WorkshopError.unsuitable` for a model without routers.
    public init(model: MoDModel, corpus: ChatCorpus, threads: Int?) throws(WorkshopError) {
        guard !model.description.routedBlocks.isEmpty else {
            throw .unsuitable("The model has no depth routers to calibrate. Make one with `fathom convert`.")
        }
        self.model = model
        self.corpus = corpus
        session = try WorkshopError.wrapping { () throws(ModelError) in
            try ModelSession(model: model, threadCount: threads)
        }
    }

    /// The table on a grid of sixteenths.
    ///
    /// - Parameter progress: is told the share done, 0…1.
    public func table(progress: (Double) -> Void) throws(WorkshopError) -> ThresholdTable {
        let steps = Capacity.steps
        let blockCount = model.description.routedBlocks.count
        var columns: [Float] = []
        var scores = try sortedScores(threshold: -.infinity)
        columns.append(quantile(scores, 0))
        for step in stride(from: steps - 1, to: 0, by: -1) {
            let bypassed = 1 - Double(step) / Double(steps)
            var threshold = quantile(scores, bypassed)
            for _ in 0..<Self.passes {
                scores = try sortedScores(threshold: threshold)
                threshold = quantile(scores, bypassed)
            }
            columns.append(max(threshold, columns.last ?? threshold))
            progress(Double(steps - step) / Double(steps))
        }
        // At capacity 0 no score of the corpus is enough, with nothing processed before it.
        scores = try sortedScores(threshold: .infinity)
        columns.append(max(quantile(scores, 1), columns.last ?? 0) + 1)
        let row = Array(columns.reversed())
        let grid = (0...steps).map { Float($0) / Float(steps) }
        guard
            let table = ThresholdTable(capacities: grid, thresholds: Array(repeating: row, count: blockCount))
        else {
            throw .unsuitable("The routers give scores that are not finite; the weights are damaged.")
        }
        return table
    }

    /// Every score, ascending, with all blocks at one threshold.
    private func sortedScores(threshold: Float) throws(WorkshopError) -> [Float] {
        let thresholds = [Float](repeating: threshold, count: model.description.routedBlocks.count)
        return try RouterScores(session: session, corpus: corpus, thresholds: thresholds).ascending
    }

    private func quantile(_ sorted: [Float], _ share: Double) -> Float {
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(Int(share * Double(sorted.count)), sorted.count - 1)]
    }
}
