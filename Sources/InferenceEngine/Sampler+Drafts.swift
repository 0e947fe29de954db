import MoDModel

extension Sampler {
    /// A token that may come, to be verified.
    package struct Drafted {
        /// The token, an index of the vocabulary.
        package let id: Int32
        /// What it was drawn from; nil where it was not drawn but copied.
        let distribution: SamplingDistribution?

        /// Whether it was copied, not drawn.
        var isCopied: Bool { distribution == nil }

        /// A token that was copied.
        package init(copied id: Int32) {
            self.id = id
            distribution = nil
        }

        fileprivate init(drawn id: Int32, from distribution: SamplingDistribution) {
            self.id = id
            self.distribution = distribution
        }
    }

    /// Drafts the token that follows `reply`, to be verified later, given the draft's logits, [vocabulary]; nil where
    /// no logit is finite.
    package mutating func draft(from logits: UnsafeBufferPointer<Float>, reply: [Int32]) -> Drafted? {
        load(logits)
        let distribution = distribution(after: reply)
        return distribution.pick(at: random.nextUnit()).map { Drafted(drawn: $0, from: distribution) }
    }

    /// Verifies a drafted token, given the logits, [vocabulary], that it should have been drawn from: keeps it or draws
    /// another, so that the outcome is distributed as if it had been drawn from them.
    ///
    /// A token x drawn from q is kept with probability min(1, p(x) ÷ q(x)) and otherwise replaced by one drawn from
    /// max(p − q, 0) over its sum (arXiv 2211.17192, §2.3). At temperature 0 that keeps the one that p would take. A
    /// token that was copied is kept if it is the one that is drawn without a draft.
    ///
    /// - Throws: `EngineError.model` when no logit is finite.
    package mutating func verify(
        _ drafted: Drafted, from logits: UnsafeBufferPointer<Float>, reply: [Int32]
    ) throws(EngineError) -> (draw: Draw, isKept: Bool) {
        guard let guess = drafted.distribution else {
            let draw = try draw(from: logits, reply: reply)
            return (draw, draw.id == drafted.id)
        }
        var isKept = false
        let draw = try draw(from: logits, reply: reply) { distribution, random in
            let (p, q) = (distribution.probability(of: drafted.id), guess.probability(of: drafted.id))
            isKept = random.nextUnit() * q < p
            if isKept { return drafted.id }
            return distribution.residual(without: guess).pick(at: random.nextUnit())
        }
        return (draw, isKept)
    }
}
