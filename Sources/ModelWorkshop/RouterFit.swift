import Foundation
package import MoDModel

/// Fits first routers to a dense model, without training: each learns to predict, from the block's normed input, how
/// far a token's residual after the block is from what it would be without: x + f(x) from x or, where something stands
/// in for the block, from x + what that gives.
///
/// The target is log(1 − cos) of the two, the block influence of ShortGPT (arXiv 2403.03853, §3.1) per token. All
/// blocks predict the same quantity, so their scores can be compared with one another.
package struct RouterFit {
    private let model: MoDModel
    private let blocks: [Int]
    private let standIns: [StandIn]?

    /// Prepares a fit for some of the model's blocks; `standIns`, if any, has one for each of them.
    package init(model: MoDModel, blocks: [Int], standIns: [StandIn]? = nil) {
        self.model = model
        self.blocks = blocks
        self.standIns = standIns
    }

    /// Runs the corpus through the model, all blocks processing, and solves for one router a block.
    ///
    /// - Parameter progress: is told how much is done, 0…1.
    /// - Throws: `WorkshopError.model` for a token that is not in the vocabulary, or a tensor that is at fault.
    package func fit(
        _ corpus: ChatCorpus, threads: Int?, progress: (Double) -> Void
    ) throws(WorkshopError) -> [Router] {
        let inputs = try BlockInputs(model: model, blocks: blocks)
        let session = try WorkshopError.wrapping { () throws(ModelError) in
            try ModelSession(model: model, threadCount: threads)
        }
        session.capacity = .dense
        let embedding = model.configuration.embeddingLength
        let maps = standIns?.map(\.map)
        var regressions = blocks.map { _ in RidgeRegression(inputs: embedding) }
        try inputs.observe(session, running: corpus, progress: progress) { index, tokens in
            let normed = tokens.map { inputs.normed($0.before, index: index) }
            let changes = maps?[index].outputs(for: normed)
            let targets = tokens.indices.map { token in
                let (before, after) = tokens[token]
                guard let change = changes?[token] else {
                    return Float(log(max(RouterFit.turn(before, after), 1e-6)))
                }
                let without = zip(before, change).map { $0 + $1 }
                return Float(
                    log(max(without.withUnsafeBufferPointer { RouterFit.turn($0, after) }, 1e-6)))
            }
            regressions[index].add(rows: normed.flatMap { $0 + [1] }, targets: targets)
        }
        return regressions.map { regression in
            let (weights, biases) = regression.solve(ridge: 0.01)
            return Router(weights: weights, bias: biases[0])
        }
    }

    /// 1 − cos(x, y), 0…2; 0 where one of them has no direction.
    package static func turn(_ x: UnsafeBufferPointer<Float>, _ y: UnsafeBufferPointer<Float>) -> Double {
        var (xx, yy, xy) = (0.0, 0.0, 0.0)
        for (a, b) in zip(x, y) {
            xx += Double(a) * Double(a)
            yy += Double(b) * Double(b)
            xy += Double(a) * Double(b)
        }
        let length = (xx * yy).squareRoot()
        return length > 0 ? 1 - xy / length : 0
    }
}
