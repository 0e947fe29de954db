public import MoDModel

/// Finds the thresholds τ_l(c) by running chats on the int8 engine and reading off quantiles of the scores.
///
/// A model that carries shares gets them: at each block the quantiles of its own scores. Otherwise quantiles are taken
/// over the scores of all routed blocks together, as if they predicted the same quantity: so the global capacity is
/// shared out among the blocks by how much they do, and the mean over the blocks is c. What shares each block then has
/// is noted in the table; the work that they come to is c exactly, also where scores are equal and no threshold tells
/// them apart.
public struct ThresholdCalibration {
    private let corpus: ChatCorpus
    private let session: ModelSession
    private let blockCount: Int
    /// The work of a token that goes thin, ÷ that of one in full.
    private let thinWork: Double
    private let shares: Shares

    /// What is asked for at each point of the grid of sixteenths.
    private enum Shares {
        /// [routed blocks]: the shares that each block is to have, by itself.
        case own([(full: [Float], processed: [Float])])
        /// The shares that all routed blocks are to have together.
        case together((full: [Float], processed: [Float]))
    }

    /// How often the corpus is run at one capacity: bypassed blocks change the residuals that later blocks
    /// score, so the first quantiles are taken at the wrong routing and the second at very nearly the right
    /// one.
    private static let passes = 2

    /// Prepares a calibration.
    ///
    /// - Throws: `WorkshopError.hasNoRouters`; `WorkshopError.unsuitable` for shares on another grid, or
    ///   where the whole context is anchors; `WorkshopError.text` for a corpus whose texts are not longer than the
    ///   anchors.
    public init(model: MoDModel, corpus: ChatCorpus, threads: Int?) throws(WorkshopError) {
        guard !model.description.routedBlocks.isEmpty else {
            throw .hasNoRouters
        }
        let anchors = model.description.anchorTokens
        guard anchors < model.description.contextLength else {
            throw .unsuitable(
                "The first \(anchors) tokens go in full, which is the whole context: there is nothing to calibrate."
            )
        }
        self.corpus = corpus
        blockCount = model.description.routedBlocks.count
        thinWork = model.description.weights.thinWork
        if let own = try CapacityTable.shares(of: model) {
            shares = .own(own)
        } else {
            let thinWork = thinWork
            let mixes = (0...Capacity.steps).map {
                GradeMix.shares(at: Double($0) / Double(Capacity.steps), thinWork: thinWork)
            }
            shares = .together((mixes.map(\.full), mixes.map(\.processed)))
        }
        try corpus.checkLength(anchors: anchors)
        session = try WorkshopError.wrapping { () throws(ModelError) in
            try ModelSession(model: model, threadCount: threads)
        }
    }

    /// What is found at one point of the grid, for each routed block.
    struct Column {
        var thresholds: [Thresholds]
        var shares: [(full: Float, processed: Float)]
    }

    /// What of a table is found, to go on from.
    struct State {
        /// From capacity 1 down.
        var columns: [Column] = []
        /// The thresholds of each block at which the corpus was scored last; empty where it was not.
        var scoredAt: [Thresholds] = []
    }

    /// The table on a grid of sixteenths.
    ///
    /// - Parameter progress: is told the share done, 0…1.
    public func table(progress: (Double) -> Void) throws(WorkshopError) -> ThresholdTable {
        try table(from: State()) { (_, share) throws(WorkshopError) in progress(share) }
    }

    /// The table on a grid of sixteenths, which is the same from whatever state of it one goes on.
    ///
    /// - Parameter progress: is told what is found, and the share done, 0…1.
    func table(
        from state: State, progress: (State, Double) throws(WorkshopError) -> Void
    ) throws(WorkshopError) -> ThresholdTable {
        let steps = Capacity.steps
        var columns = state.columns
        var scoredAt = state.scoredAt.isEmpty ? Array(repeating: .none, count: blockCount) : state.scoredAt
        var scores = try self.scores(at: scoredAt)
        if columns.isEmpty { columns = [column(scores, step: steps)] }
        for step in stride(from: steps - columns.count, to: 0, by: -1) {
            var found = column(scores, step: step)
            for _ in 0..<Self.passes {
                scoredAt = found.thresholds
                scores = try self.scores(at: scoredAt)
                found = column(scores, step: step)
            }
            let above = columns[columns.count - 1]
            columns.append(spent(rising(found, from: above, by: 0), step: step, below: above))
            try progress(State(columns: columns, scoredAt: scoredAt), Double(steps - step) / Double(steps))
        }
        // At capacity 0 no score of the corpus is enough, with nothing processed before it, nor is one of another text:
        // that counts for more than what is processed on the way to 1/16.
        scores = try self.scores(at: Array(repeating: Thresholds(.infinity), count: blockCount))
        columns.append(rising(column(scores, step: 0), from: columns[columns.count - 1], by: 1))
        columns.reverse()
        let rows = (0..<blockCount).map { block in
            ThresholdTable.Row(
                full: columns.map { $0.thresholds[block].full },
                thin: columns.map { $0.thresholds[block].thin },
                fullShare: columns.map { $0.shares[block].full },
                processedShare: columns.map { $0.shares[block].processed })
        }
        let grid = (0...steps).map { Float($0) / Float(steps) }
        guard let table = ThresholdTable(capacities: grid, rows: rows) else {
            throw .unsuitable("The routers give scores that are not finite; the weights are damaged.")
        }
        return table
    }

    /// The thresholds, the same for all blocks, at which so many of the corpus' tokens are processed, whatever the
    /// model carries.
    ///
    /// - Parameter shares: of all blocks together, neither none nor all in full.
    package func thresholds(
        giving shares: (full: Float, processed: Float)
    ) throws(WorkshopError) -> Thresholds {
        var found = Thresholds.none
        for _ in 0...Self.passes {
            let scores = together(try self.scores(at: Array(repeating: found, count: blockCount)))
            let full = quantile(scores, 1 - Double(shares.full))
            found = Thresholds(full: full, thin: min(quantile(scores, 1 - Double(shares.processed)), full))
        }
        return found
    }

    /// Thresholds that do not fall, and shares that do not rise, from those of the next higher capacity.
    private func rising(_ column: Column, from above: Column, by margin: Float) -> Column {
        Column(
            thresholds: zip(column.thresholds, above.thresholds).map {
                Thresholds(full: max($0.full, $1.full) + margin, thin: max($0.thin, $1.thin) + margin)
            },
            shares: zip(column.shares, above.shares).map {
                (min($0.full, $1.full), min($0.processed, $1.processed))
            })
    }

    /// Shares that come to the work of a grid point. Where scores are equal a threshold takes all of them, and shares
    /// come to more: then all are made smaller in the same proportion. Where they come to less, since they may not be
    /// larger than at the next higher capacity, all are moved by the same part of the way there. A model's own stay.
    private func spent(_ column: Column, step: Int, below above: Column) -> Column {
        guard case .together = shares else { return column }
        let asked = Double(step) / Double(Capacity.steps)
        let (work, most) = (self.work(of: column.shares), self.work(of: above.shares))
        let (part, scale) = work < asked ? ((asked - work) / (most - work), 1) : (0, asked / work)
        func moved(_ share: Float, towards above: Float) -> Float {
            // Rounding must not lift it above the next.
            min(Float(scale * (Double(share) + part * Double(above - share))), above)
        }
        var column = column
        column.shares = zip(column.shares, above.shares).map { own, above in
            let full = moved(own.full, towards: above.full)
            return (full, max(moved(own.processed, towards: above.processed), full))
        }
        return column
    }

    /// The mean over the blocks of the work that shares come to.
    private func work(of shares: [(full: Float, processed: Float)]) -> Double {
        let sum = shares.reduce(0.0) {
            $0 + Double($1.full) + thinWork * (Double($1.processed) - Double($1.full))
        }
        return sum / Double(shares.count)
    }

    /// The scores of each block, ascending, with the blocks at these thresholds.
    private func scores(at thresholds: [Thresholds]) throws(WorkshopError) -> [[Float]] {
        try RouterScores(session: session, corpus: corpus, thresholds: thresholds).ascending
    }

    /// The thresholds of each block at a grid point, by the scores there, and the shares they give.
    private func column(_ scores: [[Float]], step: Int) -> Column {
        switch shares {
        case .own(let own):
            return Column(
                thresholds: zip(scores, own).map { thresholds($0, shares: $1, step: step) },
                shares: own.map { ($0.full[step], $0.processed[step]) })
        case .together(let rows):
            let found = thresholds(together(scores), shares: rows, step: step)
            return Column(
                thresholds: Array(repeating: found, count: blockCount),
                shares: scores.map {
                    (
                        share(of: $0, from: found.full, asked: rows.full[step]),
                        share(of: $0, from: found.thin, asked: rows.processed[step])
                    )
                })
        }
    }

    /// The scores of all routed blocks in one row, ascending.
    private func together(_ scores: [[Float]]) -> [Float] {
        scores.flatMap(\.self).sorted()
    }

    /// The share of a block's scores that reach a threshold. All and none are kept where they are asked for: another
    /// text may have scores that the corpus did not.
    private func share(of scores: [Float], from threshold: Float, asked: Float) -> Float {
        if asked <= 0 || asked >= 1 || scores.isEmpty { return asked }
        return Float(scores.count { $0 >= threshold }) / Float(scores.count)
    }

    private func thresholds(
        _ scores: [Float], shares: (full: [Float], processed: [Float]), step: Int
    ) -> Thresholds {
        let full = threshold(scores, shares: shares.full, step: step)
        let thin = threshold(scores, shares: shares.processed, step: step)
        return Thresholds(full: full, thin: min(thin, full))
    }

    private func threshold(_ scores: [Float], shares: [Float], step: Int) -> Float {
        switch shares[step] {
        case 1 where step == Capacity.steps && shares[step - 1] < 1: scores.first ?? 0
        case 1: -beyond(scores.reversed().map { -$0 })
        case 0: beyond(scores)
        case let share: quantile(scores, 1 - Double(share))
        }
    }

    /// Above these scores, and those of other texts, which may go somewhat further. Not much further: between two
    /// points of the grid thresholds are linear, and so should be what is processed.
    private func beyond(_ sorted: [Float]) -> Float {
        guard let lowest = sorted.first, let highest = sorted.last else { return 0 }
        return max(highest + (highest - lowest) / 16, highest.nextUp)
    }

    private func quantile(_ sorted: [Float], _ share: Double) -> Float {
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(Int(share * Double(sorted.count)), sorted.count - 1)]
    }
}

extension ThresholdCalibration.State {
    /// Of each column and in it of each block: both thresholds, both shares.
    var columnNumbers: [Float] {
        columns.flatMap { column in
            zip(column.thresholds, column.shares).flatMap { [$0.full, $0.thin, $1.full, $1.processed] }
        }
    }

    /// Of each block: both thresholds.
    var scoredAtNumbers: [Float] { scoredAt.flatMap { [$0.full, $0.thin] } }

    /// Takes the state from its numbers; what is not whole, and what is more than a table has, is left out.
    init(scoredAt: [Float], columns: [Float], blocks: Int) {
        let width = 4 * blocks
        guard blocks > 0, scoredAt.count == 2 * blocks, columns.count.isMultiple(of: width),
            columns.count / width <= Capacity.steps
        else { return }
        self.scoredAt = stride(from: 0, to: scoredAt.count, by: 2).map {
            Thresholds(full: scoredAt[$0], thin: scoredAt[$0 + 1])
        }
        self.columns = stride(from: 0, to: columns.count, by: width).map { start in
            let places = stride(from: start, to: start + width, by: 4)
            return ThresholdCalibration.Column(
                thresholds: places.map { Thresholds(full: columns[$0], thin: columns[$0 + 1]) },
                shares: places.map { (columns[$0 + 2], columns[$0 + 3]) })
        }
    }
}
