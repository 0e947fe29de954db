package import MoDModel

/// Fits what stands in for blocks that tokens bypass, without training: for each block the map of low rank from its
/// normed input that is nearest to its output, by least squares over the tokens that its router sends round it first.
package struct StandInFit {
    private let model: MoDModel
    private let blocks: [Int]
    private let routers: [Router]

    /// The part of a block's tokens, those of the lowest scores, that a stand-in is fitted to. Measured on
    /// SmolLM2-135M-Instruct at capacities 15/16 to 3/4: fitted to all tokens, a map of rank 32 leaves a seventh more
    /// nats.
    private static let part = 0.5
    private static let ridge = 0.05

    /// Prepares a fit for some of a dense model's blocks, with the router of each.
    package init(model: MoDModel, blocks: [Int], routers: [Router]) {
        self.model = model
        self.blocks = blocks
        self.routers = routers
    }

    /// The rank for a model: about a quarter of the embedding, in groups of 32, so that the two matrices have about a
    /// twentieth of a block's weights.
    package static func rank(for configuration: ModelConfiguration) -> Int {
        let limit = min(configuration.embeddingLength, configuration.feedForwardLength)
        return min(max(configuration.embeddingLength / 4 / 32 * 32, 32), limit)
    }

    /// Runs the corpus through the model twice, all blocks processing, and solves for one map a block.
    ///
    /// - Parameter progress: is told how much is done, 0…1.
    /// - Throws: `WorkshopError.model` for a token that is not in the vocabulary, or a tensor that is at fault.
    package func fit(
        _ corpus: ChatCorpus, threads: Int?, progress: (Double) -> Void
    ) throws(WorkshopError) -> [StandIn] {
        // Scores, sums and solutions take about as long as each other.
        let steps = 3.0
        let inputs = try BlockInputs(model: model, blocks: blocks)
        let session = try WorkshopError.wrapping { () throws(ModelError) in
            try ModelSession(model: model, threadCount: threads)
        }
        session.capacity = .dense
        var scores = blocks.map { _ in [Float]() }
        try inputs.observe(session, running: corpus, progress: { progress($0 / steps) }) { index, tokens in
            for token in tokens {
                scores[index].append(routers[index].score(inputs.normed(token.before, index: index)))
            }
        }
        let limits = scores.map { $0.sorted()[Int(Double($0.count - 1) * Self.part)] }
        let length = model.configuration.embeddingLength
        var regressions = blocks.map { _ in ReducedRankRegression(length: length) }
        try inputs.observe(session, running: corpus, progress: { progress((1 + $0) / steps) }) {
            index, tokens in
            var rows: [Float] = []
            var outputs: [Float] = []
            for (before, after) in tokens {
                let normed = inputs.normed(before, index: index)
                guard routers[index].score(normed) <= limits[index] else { continue }
                rows += normed
                outputs += zip(after, before).map { $0 - $1 }
            }
            regressions[index].add(inputs: rows, outputs: outputs)
        }
        let rank = Self.rank(for: model.configuration)
        return regressions.enumerated().map { index, regression in
            progress((2 + Double(index) / Double(blocks.count)) / steps)
            return regression.solve(rank: rank, ridge: Self.ridge)
        }
    }
}
