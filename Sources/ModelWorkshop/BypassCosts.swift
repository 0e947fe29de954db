import Foundation
package import MoDModel

/// What it costs to bypass each routed block, measured: one factor a block, such that the divergence of a token's
/// prediction from the dense model's is about Σ factor · e^score over the blocks that the token bypasses.
///
/// Routers predict how far the residual is from what it should be. A block near the end costs more for that than an
/// early one, after which others may mend it. The tokens of a text bypass random subsets of blocks, each its own, and
/// the factors are those, none negative, that explain the divergences best by least squares. A bypassed token has keys
/// and values none the less, so that its subset has little to do with other tokens' predictions.
package struct BypassCosts: Sendable, Hashable {
    /// [routed blocks]: nats for each e^score.
    package let factors: [Float]

    /// The parts of its blocks that a token bypasses, evenly spread from the one to the other.
    private static let parts = 0.04...0.4
    /// How often the text is run, with other subsets each time.
    private static let rounds = 2
    /// Nats beyond which a prediction is lost, however far: a few such must not decide.
    private static let most = 4.0
    /// No block's factor is a smaller part of the median: that of a block which costs next to nothing is noise.
    private static let least = 0.125

    /// Measures on the tokens of a corpus, without anchors and those that all texts begin with.
    ///
    /// - Throws: `WorkshopError.hasNoRouters`; `WorkshopError.model` for a token that is not in the vocabulary, and
    ///   where the machine has no room for two sessions.
    package init(
        model: MoDModel, corpus: ChatCorpus, threads: Int?, progress: (Double) -> Void
    ) throws(WorkshopError) {
        let routed = model.description.routedBlocks
        guard !routed.isEmpty else { throw .hasNoRouters }
        var equations = NormalEquations(count: routed.count)
        var random = SplitMix64(seed: 1)
        let total = Self.rounds * corpus.tokenCount
        let firstToken = max(model.description.anchorTokens, corpus.commonLength)
        var done = 0
        let comparison = try DenseComparison(model: model, corpus: corpus, threads: threads)
        for _ in 0..<Self.rounds {
            try comparison.compare(
                grades: { position in
                    let part =
                        Self.parts.lowerBound
                        + random.nextUnit() * (Self.parts.upperBound - Self.parts.lowerBound)
                    return (0..<model.description.blockCount).map { block in
                        let isFree = position >= firstToken && routed.contains(block)
                        return isFree && random.nextUnit() < part ? .bypassed : .full
                    }
                },
                found: { position, routing, divergence in
                    done += 1
                    if done.isMultiple(of: 128) { progress(Double(done) / Double(total)) }
                    guard position >= firstToken else { return }
                    equations.add(
                        zip(routed, routing.scores).map { block, score in
                            routing.grades[block] == .bypassed ? exp(Double(score)) : 0
                        }, sum: min(divergence, Self.most))
                })
        }
        let found = equations.solution()
        let floor = Self.least * found.sorted()[found.count / 2]
        // Where nothing was measured all blocks are alike.
        factors = found.map { floor > 0 ? Float(max($0, floor)) : 1 }
    }
}

/// Least squares without a negative solution, from sums over equations a · x = sum in which nothing is negative.
struct NormalEquations {
    private let count: Int
    /// Σ a aᵀ, [count][count].
    private var squares: [Double]
    /// Σ a · sum.
    private var products: [Double]

    init(count: Int) {
        self.count = count
        squares = Array(repeating: 0, count: count * count)
        products = Array(repeating: 0, count: count)
    }

    /// Adds an equation.
    mutating func add(_ factors: [Double], sum: Double) {
        for i in 0..<count where factors[i] != 0 {
            products[i] += factors[i] * sum
            for j in 0..<count { squares[i * count + j] += factors[i] * factors[j] }
        }
    }

    /// x, by updates that multiply and so never turn it negative (Lee and Seung, NIPS 2000).
    func solution() -> [Double] {
        var x = [Double](repeating: 1, count: count)
        for _ in 0..<5000 {
            for i in 0..<count {
                let found = (0..<count).reduce(0.0) { $0 + squares[i * count + $1] * x[$1] }
                x[i] *= found > 0 ? max(products[i], 0) / found : 0
            }
        }
        return x
    }
}
