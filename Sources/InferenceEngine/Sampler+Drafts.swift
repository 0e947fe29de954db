import MoDModel

extension Sampler {
    /// A token drawn at a lower capacity, and what it was drawn from.
    package struct Drafted {
        /// The token, an index of the vocabulary.
        package let id: Int32
        let distribution: SamplingDistribution
    }

    /// Draws a token to be verified later; nil where nothing is predicted.
    package mutating func draft(from logits: UnsafeBufferPointer<Float>, reply: [Int32]) -> Drafted? {
        load(logits)
        let distribution = distribution(after: reply)
        return distribution.pick(at: random.nextUnit()).map { Drafted(id: $0, distribution: distribution) }
    }

    /// Keeps or replaces a drafted token, given the logits it should have been drawn from; the outcome is distributed
    /// as if it had been.
    ///
    /// A token x drawn from q is kept with probability min(1, p(x) ÷ q(x)) and otherwise replaced by one drawn from
    /// max(p − q, 0) over its sum (arXiv 2211.17192, §2.3). At temperature 0 that keeps the one that p would take.
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
