import CInt8Kernels
import Foundation
import MoDModel

/// Draws the tokens of one reply.
///
/// In this order: logits that are not finite are ruled out; the repetition penalty is applied; at temperature 0
/// the highest logit wins (the lowest id of equal ones); otherwise logits are divided by the temperature, the
/// ranking is truncated by top-k, top-p and min-p, and one random number picks from what is left.
package struct Sampler {
    /// A drawn token and the model's distribution where it was drawn, before penalty, temperature and truncation.
    package struct Draw {
        package var id: Int32
        /// 0…1.
        package var probability: Float
        /// In nats.
        package var entropy: Float
        /// The most probable other tokens with their probabilities, most probable first.
        package var runnersUp: [(id: Int32, probability: Float)]
    }

    /// How many runners-up a draw tells of.
    package static let runnerUpCount = 5

    private let temperature: Float
    private let truncation: Truncation
    private let penalty: RepetitionPenalty
    var random: SplitMix64
    /// Logits, then perhaps the powers of e that are their weights.
    private var logits = Logits()

    package init(_ options: SamplingOptions) {
        temperature = options.temperature > 0 ? min(options.temperature, .greatestFiniteMagnitude) : 0
        truncation = Truncation(options)
        penalty = RepetitionPenalty(factor: options.repetitionPenalty)
        random = SplitMix64(seed: options.seed)
    }

    /// Draws the token that follows `reply`, given the model's logits, one a vocabulary index.
    package mutating func draw(
        from logits: UnsafeBufferPointer<Float>, reply: [Int32]
    ) throws(EngineError) -> Draw {
        try draw(from: logits, reply: reply) { $0.pick(at: $1.nextUnit()) }
    }

    /// The same with another way to choose from the distribution with random numbers.
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

    /// Takes in logits, one a vocabulary index; those that are not finite become −∞.
    mutating func load(_ logits: UnsafeBufferPointer<Float>) {
        self.logits.load(logits)
    }

    /// What the token after `reply` is drawn from, given the logits that were loaded.
    mutating func distribution(after reply: [Int32]) -> SamplingDistribution {
        logits.alter(reply.suffix(RepetitionPenalty.window)) { penalty.apply(to: &$0, reply: reply) }
        if temperature == 0 {
            return SamplingDistribution(logits.ranking(1).map { RankedToken(id: $0.id, value: 1) })
        }
        if truncation.topK < logits.values.count {
            let ranking = weighed(logits.ranking(truncation.topK), temperature: temperature)
            let total = ranking.reduce(0) { $0 + Double($1.value) }
            let count = truncation.keptCount(of: ranking, total: total) ?? ranking.count
            return SamplingDistribution(Array(ranking.prefix(count)))
        }
        let total = takePowers()
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
    /// Turns the logits of a ranking into weights relative to the first, 0…1.
    private func weighed(_ ranking: [RankedToken], temperature: Float) -> [RankedToken] {
        let maximum = ranking.first?.value ?? 0
        return ranking.map { RankedToken(id: $0.id, value: exp(($0.value - maximum) / temperature)) }
    }

    /// Turns all logits into the powers of e that are their weights, relative to the highest; returns the sum of the
    /// weights.
    private mutating func takePowers() -> Double {
        let maximum = logits.ranking(1).first?.value ?? 0
        let temperature = temperature
        return logits.alter { powers in
            for index in powers.indices { powers[index] = (powers[index] - maximum) / temperature }
            var sums = [0.0, 0]
            Logits.kernels.softmax_sums(&powers, powers.count, 0, &sums)
            return sums[0]
        }
    }

    /// Every token whose weight counts in the sum, in the order of the ids, given their powers.
    private func possible() -> [RankedToken] {
        var tokens: [RankedToken] = []
        let powers = logits.values
        tokens.reserveCapacity(powers.count)
        for index in powers.indices where powers[index] >= Self.lowestPower {
            tokens.append(RankedToken(id: Int32(truncatingIfNeeded: index), value: exp(powers[index])))
        }
        return tokens
    }

    /// The kernels take no account of lower ones.
    private static let lowestPower: Float = -87
}
