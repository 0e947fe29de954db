import CInt8Kernels
package import Conversations
import Foundation
import MoDModel

/// Draws the tokens of one reply.
///
/// In this order: logits that are not finite are ruled out; the repetition penalty and the loop penalty are applied; at
/// temperature 0 the highest logit wins (of equal logits that of the lowest id); otherwise logits are divided by the
/// temperature, the ranking is truncated by top-k, top-p and min-p, and one random number picks from what is left.
package struct Sampler {
    /// A drawn token and the model's distribution where it was drawn, before penalty, temperature and truncation.
    package struct Draw {
        /// The token, an index of the vocabulary.
        package var id: Int32
        /// The token's probability, 0…1.
        package var probability: Float
        /// The entropy of the distribution, in nats.
        package var entropy: Float
        /// The most probable tokens but for the drawn one, with their probabilities, most probable first.
        package var runnersUp: [(id: Int32, probability: Float)]
    }

    /// How many of the most probable other tokens a draw tells of, at most.
    package static let runnerUpCount = 5

    private let temperature: Float
    private let truncation: Truncation
    private let penalty: RepetitionPenalty
    private let loopPenalty: LoopPenalty
    var random: SplitMix64
    /// The logits that were loaded, penalised once a distribution was made of them, and then perhaps the exponents of
    /// the tokens' weights, relative to the highest.
    private var logits = Logits()

    /// Creates the sampler of one reply; options that make no sense are taken as off.
    package init(_ options: SamplingOptions) {
        temperature = options.temperature > 0 ? min(options.temperature, .greatestFiniteMagnitude) : 0
        truncation = Truncation(options)
        penalty = RepetitionPenalty(factor: options.repetitionPenalty)
        loopPenalty = LoopPenalty(strength: options.loopPenalty)
        random = SplitMix64(seed: options.seed)
    }

    /// Draws the token that follows `reply`, given the model's logits, [vocabulary].
    ///
    /// - Throws: `EngineError.model` when no logit is finite.
    package mutating func draw(
        from logits: UnsafeBufferPointer<Float>, reply: [Int32]
    ) throws(EngineError) -> Draw {
        try draw(from: logits, reply: reply) { $0.pick(at: $1.nextUnit()) }
    }

    /// Draws the token that follows `reply`, given the model's logits, [vocabulary]; `choose` picks it from the
    /// distribution with random numbers.
    ///
    /// - Throws: `EngineError.model` when no logit is finite.
    mutating func draw(
        from logits: UnsafeBufferPointer<Float>, reply: [Int32],
        choosing choose: (SamplingDistribution, inout SplitMix64) -> Int32?
    ) throws(EngineError) -> Draw {
        load(logits)
        let top = self.logits.ranking(Self.runnerUpCount + 1)
        guard let best = top.first else { throw .noPrediction }
        let prediction = self.logits.values.withUnsafeBufferPointer {
            Distribution(of: $0, maximum: best.value)
        }
        let id = choose(distribution(after: reply), &random) ?? best.id
        return Draw(
            id: id,
            probability: prediction.probability(of: logits[Int(id)]),
            entropy: prediction.entropy,
            runnersUp: top.filter { $0.id != id }.prefix(Self.runnerUpCount)
                .map { ($0.id, prediction.probability(of: $0.value)) }
        )
    }

    /// Takes in the model's logits, [vocabulary]; those that are not finite become −∞.
    mutating func load(_ logits: UnsafeBufferPointer<Float>) {
        self.logits.load(logits)
    }

    /// The distribution that the token after `reply` is drawn from, given the logits that were loaded, once.
    mutating func distribution(after reply: [Int32]) -> SamplingDistribution {
        logits.alter(reply.suffix(RepetitionPenalty.window)) { penalty.apply(to: &$0, reply: reply) }
        let losses = loopPenalty.losses(after: reply)
        if !losses.isEmpty {
            logits.alter(Array(losses.keys)[...]) { logits in
                for (id, loss) in losses where logits.indices.contains(Int(id)) { logits[Int(id)] -= loss }
            }
        }
        if temperature == 0 {
            return SamplingDistribution(logits.ranking(1).map { RankedToken(id: $0.id, value: 1) })
        }
        if truncation.topK < logits.values.count {
            let ranking = weighed(logits.ranking(truncation.topK), temperature: temperature)
            let total = ranking.reduce(0) { $0 + Double($1.value) }
            let count = truncation.keptCount(of: ranking, total: total) ?? ranking.count
            return SamplingDistribution(Array(ranking.prefix(count)))
        }
        let total = takeExponents()
        guard truncation.cutsByWeight else { return SamplingDistribution(possible()) }
        // The kept tokens are nearly always among the first few: only where they are not, rank them all.
        let first = weighed(logits.ranking(256), temperature: 1)
        if let count = truncation.keptCount(of: first, total: total) {
            return SamplingDistribution(Array(first.prefix(count)))
        }
        let all = weighed(logits.ranking(logits.values.count), temperature: 1)
        let count = truncation.keptCount(of: all, total: total) ?? all.count
        return SamplingDistribution(Array(all.prefix(count)))
    }
}

extension Sampler {
    /// Turns the logits of a ranking into weights, e^(logit ÷ temperature), relative to the first, 0…1.
    private func weighed(_ ranking: [RankedToken], temperature: Float) -> [RankedToken] {
        let maximum = ranking.first?.value ?? 0
        return ranking.map { RankedToken(id: $0.id, value: exp(($0.value - maximum) / temperature)) }
    }

    /// Turns every logit into the exponent of its token's weight, (logit − highest) ÷ temperature; returns the sum of
    /// the weights.
    private mutating func takeExponents() -> Double {
        let maximum = logits.ranking(1).first?.value ?? 0
        let temperature = temperature
        return logits.alter { exponents in
            for index in exponents.indices { exponents[index] = (exponents[index] - maximum) / temperature }
            var sums = [0.0, 0]
            Logits.kernels.softmax_sums(&exponents, exponents.count, 0, &sums)
            return sums[0]
        }
    }

    /// Every token whose weight counts in the sum, with its weight, in the order of the ids, given the exponents.
    private func possible() -> [RankedToken] {
        var tokens: [RankedToken] = []
        let exponents = logits.values
        tokens.reserveCapacity(exponents.count)
        for index in exponents.indices where exponents[index] >= Self.lowestExponent {
            tokens.append(RankedToken(id: Int32(truncatingIfNeeded: index), value: exp(exponents[index])))
        }
        return tokens
    }

    /// The lowest exponent whose weight the kernels count in the sum.
    private static let lowestExponent: Float = -87
}
