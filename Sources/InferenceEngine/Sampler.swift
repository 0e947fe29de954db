import Foundation

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
    private var random: SplitMix64
    private var selection = TopSelection()
    /// One value a vocabulary index: logits, then weights. Kept from token to token to be allocated once.
    private var values: [Float] = []

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
        load(logits)
        let top = ranking(Self.runnerUpCount + 1)
        guard let best = top.first else {
            let reason =
                "The model predicts nothing: its file is probably damaged. Fetch or convert it again."
            throw .model(reason: reason)
        }
        let distribution = values.withUnsafeBufferPointer { Distribution(of: $0, maximum: best.value) }
        penalty.apply(to: &values, reply: reply)
        let id = drawID() ?? best.id
        return Draw(
            id: id,
            probability: distribution.probability(of: logits[Int(id)]),
            entropy: distribution.entropy,
            runnersUp: top.filter { $0.id != id }.prefix(Self.runnerUpCount)
                .map { ($0.id, distribution.probability(of: $0.value)) }
        )
    }

    private mutating func load(_ logits: UnsafeBufferPointer<Float>) {
        if values.count != logits.count {
            values = [Float](repeating: 0, count: logits.count)
        }
        values.withUnsafeMutableBufferPointer { values in
            for index in 0..<logits.count {
                values[index] = logits[index].isFinite ? logits[index] : -.infinity
            }
        }
    }

    /// The `count` highest values, highest first.
    private mutating func ranking(_ count: Int) -> [RankedToken] {
        values.withUnsafeBufferPointer { selection.select(count, from: $0) }
    }

    private mutating func drawID() -> Int32? {
        if temperature == 0 { return ranking(1).first?.id }
        if truncation.topK < values.count {
            let ranking = weighed(ranking(truncation.topK))
            let total = ranking.reduce(0) { $0 + Double($1.value) }
            let count = truncation.keptCount(of: ranking, total: total) ?? ranking.count
            return pick(from: ranking.prefix(count))
        }
        let total = weighAll()
        guard truncation.cutsByWeight else { return pickFromAll(total: total) }
        // The kept tokens are nearly always among the first few: only where they are not, rank them all.
        let first = ranking(256)
        if let count = truncation.keptCount(of: first, total: total) {
            return pick(from: first.prefix(count))
        }
        let all = ranking(values.count)
        return pick(from: all.prefix(truncation.keptCount(of: all, total: total) ?? all.count))
    }
}

extension Sampler {
    /// Turns the logits of a ranking into weights relative to the first, 0…1.
    private func weighed(_ ranking: [RankedToken]) -> [RankedToken] {
        let maximum = ranking.first?.value ?? 0
        return ranking.map { RankedToken(id: $0.id, value: exp(($0.value - maximum) / temperature)) }
    }

    /// Turns all logits into weights relative to the highest, 0…1; returns their sum.
    private mutating func weighAll() -> Double {
        typealias Lanes = VectorExponential.Lanes
        let maximum = ranking(1).first?.value ?? 0
        return values.withUnsafeMutableBufferPointer { values in
            var total = 0.0
            for start in stride(from: 0, to: values.count, by: Lanes.scalarCount) {
                let logits = VectorExponential.load(UnsafeBufferPointer(values), at: start)
                let weights = VectorExponential.exp((logits - maximum) / temperature)
                for lane in 0..<min(Lanes.scalarCount, values.count - start) {
                    values[start + lane] = weights[lane]
                }
                total += Double(weights.sum())
            }
            return total
        }
    }

    /// Draws among ranked tokens by their weights.
    private mutating func pick(from tokens: ArraySlice<RankedToken>) -> Int32? {
        var remaining = random.nextUnit() * tokens.reduce(0) { $0 + Double($1.value) }
        for token in tokens {
            remaining -= Double(token.value)
            if remaining < 0 { return token.id }
        }
        // Rounding left a sliver beyond the last token.
        return tokens.first?.id
    }

    /// Draws among the whole vocabulary, in the order of the ids.
    private mutating func pickFromAll(total: Double) -> Int32? {
        var remaining = random.nextUnit() * total
        for index in values.indices {
            remaining -= Double(values[index])
            if remaining < 0 { return Int32(truncatingIfNeeded: index) }
        }
        return nil
    }
}
