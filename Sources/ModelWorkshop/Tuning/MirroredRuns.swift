import Foundation
package import MoDModel

/// Runs texts twice with a small random change of each block's thresholds, the second time the other way round, and
/// sees what both make of each token.
///
/// The two differ by the tokens that a block processes in one run and not in the other: so the difference of their
/// predictions tells what the blocks are worth to them, and to the tokens after them. Evolution strategies mirror their
/// changes in the same way (arXiv 1703.03864, §2).
package struct MirroredRuns {
    private let dense: ModelSession
    private let runs: [ModelSession]

    /// What the two runs made of a token.
    package struct Token: Sendable, Hashable {
        /// KL(dense ‖ routed) of its prediction in the first run less that in the second, nats.
        package var difference: Double
        /// [routed blocks]: its scores, the mean of the two runs.
        package var scores: [Float]
        /// [routed blocks]: how much more of its work a block did in the first run than in the second, −1…1.
        package var moreWork: [Double]

        /// Puts together what was seen.
        package init(difference: Double, scores: [Float], moreWork: [Double]) {
            self.difference = difference
            self.scores = scores
            self.moreWork = moreWork
        }
    }

    /// Nats beyond which a prediction is lost, however far: a few such must not decide.
    private static let most = 4.0

    /// Prepares runs of texts of up to `contextLength` tokens.
    ///
    /// - Throws: `WorkshopError.model` where the machine has no room for three sessions.
    package init(model: MoDModel, contextLength: Int?, threads: Int?) throws(WorkshopError) {
        (dense, runs) = try WorkshopError.wrapping { () throws(ModelError) in
            let dense = try ModelSession(model: model, contextLength: contextLength, threadCount: threads)
            dense.capacity = .dense
            return (dense, [try ModelSession(beside: dense), try ModelSession(beside: dense)])
        }
    }

    /// Runs a text.
    ///
    /// - Parameters:
    ///   - thresholds: of all blocks.
    ///   - size: each block's are moved by up to so much, another one in each text.
    ///   - firstToken: tokens before it are not looked at.
    /// - Returns: what the runs made of each token whose prediction counts.
    /// - Throws: `WorkshopError.model` for a token that is not in the vocabulary.
    package func run(
        _ text: ScoredText, thresholds: Thresholds, size: Float, seed: UInt64, firstToken: Int
    ) throws(WorkshopError) -> [Token] {
        let routed = dense.model.description.routedBlocks
        dense.truncate(to: 0)
        var random = SplitMix64(seed: seed)
        let amounts = routed.map { _ in size * Float(2 * random.nextUnit() - 1) }
        for (run, sign) in zip(runs, [Float(1), -1]) {
            run.truncate(to: 0)
            run.policy = .thresholds(
                amounts.map {
                    Thresholds(full: thresholds.full + sign * $0, thin: thresholds.thin + sign * $0)
                })
        }
        var found: [Token] = []
        for chunk in dense.chunks(of: text.tokens.indices) {
            for session in [dense] + runs {
                try WorkshopError.wrapping { () throws(ModelError) in
                    try session.forward(text.tokens[chunk], logits: .all)
                }
            }
            let rows = chunk.filter {
                $0 >= firstToken && $0 + 1 < text.tokens.count && text.counts[$0 + 1]
            }.map { $0 - chunk.lowerBound }
            let divergences = divergences(rows: rows)
            for (place, row) in rows.enumerated() {
                let (one, other) = (runs[0].routing(row: row), runs[1].routing(row: row))
                found.append(
                    Token(
                        difference: min(divergences[2 * place], Self.most)
                            - min(divergences[2 * place + 1], Self.most),
                        scores: zip(one.scores, other.scores).map { ($0 + $1) / 2 },
                        moreWork: routed.map { work(one.grades[$0]) - work(other.grades[$0]) }))
            }
        }
        return found
    }

    private func work(_ grade: Grade) -> Double {
        switch grade {
        case .bypassed: 0
        case .thin: dense.model.description.weights.thinWork
        case .full: 1
        }
    }

    /// [rows][2]: KL(dense ‖ routed) of the tokens in some rows of the last chunk, of either run. It takes about as
    /// long as a run, so that all processors share in it.
    private func divergences(rows: [Int]) -> [Double] {
        var result = [Double](repeating: 0, count: 2 * rows.count)
        result.withUnsafeMutableBufferPointer { result in
            // The sessions stand still, and each turn writes a number of its own.
            nonisolated(unsafe) let (result, dense, runs) = (result, dense, runs)
            DispatchQueue.concurrentPerform(iterations: result.count) { place in
                let row = rows[place / 2]
                result[place] = dense.withLogits(row: row) { said in
                    runs[place % 2].withLogits(row: row) { DenseComparison.divergence(of: $0, from: said) }
                }
            }
        }
        return result
    }
}
