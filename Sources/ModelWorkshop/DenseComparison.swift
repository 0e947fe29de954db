import Foundation
package import MoDModel

/// How far a routed model's predictions are from what it says in full.
package struct DenseComparison {
    private let corpus: ChatCorpus
    private let dense: ModelSession
    private let routed: ModelSession

    /// Prepares a comparison on the tokens of a corpus that count.
    ///
    /// - Throws: `WorkshopError.model` where the machine has no room for two sessions.
    package init(model: MoDModel, corpus: ChatCorpus, threads: Int?) throws(WorkshopError) {
        func session() throws(WorkshopError) -> ModelSession {
            let longest = corpus.sequences.lazy.map(\.count).max()
            return try WorkshopError.wrapping { () throws(ModelError) in
                try ModelSession(model: model, contextLength: longest, threadCount: threads)
            }
        }
        self.corpus = corpus
        dense = try session()
        dense.capacity = .dense
        routed = try session()
    }

    /// KL(dense ‖ routed), the mean over the predictions that count, with all blocks at these thresholds.
    ///
    /// - Returns: nats a token, NaN without tokens; and how many tokens these are.
    /// - Throws: `WorkshopError.model` for a token that is not in the vocabulary.
    package func divergence(at thresholds: Thresholds) throws(WorkshopError) -> (nats: Double, tokens: Int) {
        let blocks = routed.model.description.routedBlocks
        routed.policy = .thresholds(blocks.map { _ in thresholds })
        var (sum, count) = (0.0, 0)
        for text in corpus.chats {
            dense.truncate(to: 0)
            routed.truncate(to: 0)
            for chunk in routed.chunks(of: text.tokens.indices) {
                for session in [dense, routed] {
                    try WorkshopError.wrapping { () throws(ModelError) in
                        try session.forward(text.tokens[chunk], logits: .all)
                    }
                }
                for token in chunk where token + 1 < text.tokens.count && text.counts[token + 1] {
                    let row = token - chunk.lowerBound
                    sum += dense.withLogits(row: row) { said in
                        routed.withLogits(row: row) { Self.divergence(of: $0, from: said) }
                    }
                    count += 1
                }
            }
        }
        return (sum / Double(count), count)
    }

    /// Runs the corpus with grades that are given, and compares all its predictions.
    ///
    /// - Parameters:
    ///   - grades: of the token at a position of its text, [blocks]; those of blocks without a router are not looked
    ///     at.
    ///   - found: is given a token's position, its routing, and KL(dense ‖ routed) of its prediction, in nats.
    /// - Throws: `WorkshopError.model` for a token that is not in the vocabulary.
    func compare(
        grades: (_ position: Int) -> [Grade],
        found: (_ position: Int, _ routing: TokenRouting, _ divergence: Double) -> Void
    ) throws(WorkshopError) {
        let routedBlocks = routed.model.description.routedBlocks
        routed.policy = .thresholds(routedBlocks.map { _ in .none })
        defer { routed.gradeOverride = nil }
        for text in corpus.chats {
            dense.truncate(to: 0)
            routed.truncate(to: 0)
            for chunk in routed.chunks(of: text.tokens.indices) {
                routed.gradeOverride = GradeOverride(
                    from: chunk.lowerBound, tokens: chunk.map(grades), routed: routedBlocks)
                for session in [dense, routed] {
                    try WorkshopError.wrapping { () throws(ModelError) in
                        try session.forward(text.tokens[chunk], logits: .all)
                    }
                }
                for token in chunk {
                    let row = token - chunk.lowerBound
                    let divergence = dense.withLogits(row: row) { said in
                        routed.withLogits(row: row) { Self.divergence(of: $0, from: said) }
                    }
                    found(token, routed.routing(row: row), divergence)
                }
            }
        }
    }

    /// KL(p ‖ q) of two predictions, from their logits.
    package static func divergence(
        of q: UnsafeBufferPointer<Float>, from p: UnsafeBufferPointer<Float>
    ) -> Double {
        let (largestP, largestQ) = (p.max() ?? 0, q.max() ?? 0)
        var (sumP, sumQ, difference) = (0.0, 0.0, 0.0)
        for (a, b) in zip(p, q) {
            let weight = Double(exp(a - largestP))
            sumP += weight
            sumQ += Double(exp(b - largestQ))
            difference += weight * (Double(a - largestP) - Double(b - largestQ))
        }
        return difference / sumP - log(sumP) + log(sumQ)
    }
}
