import Foundation
import GGUF
package import MoDModel

/// Fits first routers to a dense model, without training: each learns to predict, from the block's normed
/// input, how far the block will turn the residual of a token.
///
/// The target is log(1 − cos(x, x + f(x))), the block influence of ShortGPT (arXiv 2403.03853, §3.1) per
/// token. All blocks predict the same quantity, so their scores can be compared with one another.
package struct RouterFit {
    private let model: MoDModel
    private let blocks: [Int]

    /// Prepares a fit for some of the model's blocks.
    package init(model: MoDModel, blocks: [Int]) {
        self.model = model
        self.blocks = blocks
    }

    /// Runs the corpus through the model, all blocks processing, and solves for one router a block.
    package func fit(_ corpus: ChatCorpus, threads: Int?) throws(WorkshopError) -> [Router] {
        let embedding = model.configuration.embeddingLength
        let norms = try WorkshopError.wrapping { () throws(ModelError) in try attentionNorms() }
        let session = try WorkshopError.wrapping { () throws(ModelError) in
            try ModelSession(model: model, threadCount: threads)
        }
        session.capacity = .dense
        var regressions = blocks.map { _ in RidgeRegression(inputs: embedding) }
        var chunk = 0..<0
        session.blockObserver = { block, before, after in
            guard let index = blocks.firstIndex(of: block) else { return }
            var rows: [Float] = []
            var targets: [Float] = []
            // Attention sinks have residuals of another kind and are always processed.
            for token in chunk where token >= ModelConverter.anchorTokens {
                let x = UnsafeBufferPointer(
                    start: before + (token - chunk.lowerBound) * embedding, count: embedding)
                let y = UnsafeBufferPointer(
                    start: after + (token - chunk.lowerBound) * embedding, count: embedding)
                rows += normed(x, weight: norms[index])
                rows.append(1)
                targets.append(Float(log(max(RouterFit.turn(x, y), 1e-6))))
            }
            regressions[index].add(rows: rows, targets: targets)
        }
        try session.run(corpus) { chunk = $0 }
        return regressions.map { regression in
            let (weights, bias) = regression.solve(ridge: 0.01)
            return Router(weights: weights, bias: bias)
        }
    }

    private func attentionNorms() throws(ModelError) -> [[Float]] {
        var norms: [[Float]] = []
        for block in blocks {
            do {
                let norm = try model.file.tensor(BlockTensor.attentionNorm.name(block: block))
                norms.append(try norm.floats())
            } catch {
                throw .file(error)
            }
        }
        return norms
    }

    private func normed(_ x: UnsafeBufferPointer<Float>, weight: [Float]) -> [Float] {
        let square = x.reduce(Float(0)) { $0 + $1 * $1 }
        let inverse = 1 / (square / Float(x.count) + model.configuration.normEpsilon).squareRoot()
        return zip(x, weight).map { $0 * inverse * $1 }
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
