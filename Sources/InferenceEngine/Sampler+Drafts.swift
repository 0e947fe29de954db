extension Sampler {
    /// A token drafted at a lower capacity, and the distribution it was drawn from.
    package struct Drafted {
        /// The token, an index of the vocabulary.
        package let id: Int32
        /// The distribution q that the token was drawn from.
        let distribution: SamplingDistribution
    }

    /// Drafts the token that follows `reply`, to be verified later, given the draft's logits, [vocabulary]; nil where
    /// no logit is finite.
    package mutating func draft(from logits: UnsafeBufferPointer<Float>, reply: [Int32]) -> Drafted? {
        load(logits)
        let distribution = distribution(after: reply)
        return distribution.pick(at: random.nextUnit()).map { Drafted(id: $0, distribution: distribution) }
    }

    /// Verifies a drafted token, given the logits, [vocabulary], that it should have been drawn from: keeps it or draws
    /// another, so that the outcome is distributed as if it had been drawn from them.
    ///
    /// A token x drawn from q is kept with probability min(1, p(x) ÷ q(x)) and otherwise replaced by one drawn from
    /// max(p − q, 0) over its sum (arXiv 2211.17192, §2.3). At temperature 0 that keeps the token that p would give.
    ///
    /// - Throws: `EngineError.model` when no logit is finite.
    package mutating func verify(
        _ drafted: Drafted, from logits: UnsafeBufferPointer<Float>, reply: [Int32]
    ) throws(EngineError) -> (draw: Draw, isKept: Bool) {
        var isKept = false
        let draw = try draw(from: logits, reply: reply) { distribution, random in
            let (p, q) = (
                distribution.probability(of: drafted.id), drafted.distribution.probability(of: drafted.id)
            )
            isKept = random.nextUnit() * q < p
            if isKept { return drafted.id }
            return distribution.residual(without: drafted.distribution).pick(at: random.nextUnit())
        }
        return (draw, isKept)
    }
}
