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
    /// The logits being worked on, one a vocabulary index. Kept from token to token to be allocated once.
    private var logits: [Float] = []

    package init(_ options: SamplingOptions) {
        temperature = options.temperature > 0 ? min(options.temperature, .greatestFiniteMagnitude) : 0
        truncation = Truncation(options)
        penalty = RepetitionPenalty(factor: options.repetitionPenalty)
        random = SplitMix64(seed: options.seed)
    }

    /// Draws the token that follows `reply`, given the model's logits, one a vocabulary index.
    package mutating func draw(
        from modelLogits: UnsafeBufferPointer<Float>, reply: [Int32]
    ) throws(EngineError) -> Draw {
        load(modelLogits)
        let top = logits.withUnsafeBufferPointer { selection.select(Self.runnerUpCount + 1, from: $0) }
        guard let best = top.first else {
            throw .model(
                reason: "The model predicts nothing: its file is probably damaged. Fetch or convert it again."
            )
        }
        let distribution = logits.withUnsafeBufferPointer { Distribution(of: $0, maximum: best.logit) }
        penalty.apply(to: &logits, reply: reply)
        let id = temperature == 0 ? mostProbable() : drawRandomly()
        return Draw(
            id: id,
            probability: distribution.probability(of: modelLogits[Int(id)]),
            entropy: distribution.entropy,
            runnersUp: top.filter { $0.id != id }.prefix(Self.runnerUpCount)
                .map { ($0.id, distribution.probability(of: $0.logit)) }
        )
    }

    private mutating func load(_ source: UnsafeBufferPointer<Float>) {
        if logits.count != source.count {
            logits = [Float](repeating: 0, count: source.count)
        }
        logits.withUnsafeMutableBufferPointer { logits in
            for index in 0..<source.count {
                logits[index] = source[index].isFinite ? source[index] : -.infinity
            }
        }
    }

    private mutating func mostProbable() -> Int32 {
        logits.withUnsafeBufferPointer { selection.select(1, from: $0) }.first?.id ?? 0
    }

    private mutating func drawRandomly() -> Int32 {
        let (candidates, total) = truncation.topK < logits.count ? topCandidates() : allCandidates()
        let weights = candidates.map(\.weight)
        let kept = weights.prefix(truncation.keptCount(of: weights, total: total))
        var remaining = random.nextUnit() * kept.reduce(0, +)
        for (candidate, weight) in zip(candidates, kept) {
            remaining -= weight
            if remaining < 0 { return candidate.id }
        }
        // Rounding left a sliver beyond the last token that can be drawn.
        return candidates[kept.lastIndex { $0 > 0 } ?? 0].id
    }
}

extension Sampler {
    /// A token that may be drawn, and its weight relative to the most probable one, 0…1.
    private typealias Candidate = (id: Int32, weight: Double)

    /// The `topK` heaviest tokens, heaviest first, and their sum.
    private mutating func topCandidates() -> ([Candidate], total: Double) {
        let top = logits.withUnsafeBufferPointer { selection.select(truncation.topK, from: $0) }
        let maximum = top.first?.logit ?? 0
        let candidates = top.map { ($0.id, weight(of: $0.logit, maximum: maximum)) }
        return (candidates, candidates.reduce(0) { $0 + $1.1 })
    }

    /// Every token that top-p and min-p may keep, heaviest first unless both are off, and the sum over the
    /// whole vocabulary.
    private func allCandidates() -> ([Candidate], total: Double) {
        let maximum = logits.max() ?? 0
        let weights = logits.map { weight(of: $0, maximum: maximum) }
        let total = weights.reduce(0, +)
        let floor = truncation.floor(count: weights.count, total: total)
        var candidates: [Candidate] = []
        for (index, weight) in weights.enumerated() where weight > 0 && weight >= floor {
            candidates.append((Int32(truncatingIfNeeded: index), weight))
        }
        if floor > 0 {
            candidates.sort { ($1.weight, $0.id) < ($0.weight, $1.id) }
        }
        return (candidates, total)
    }

    private func weight(of logit: Float, maximum: Float) -> Double {
        logit == -.infinity ? 0 : Double(exp((logit - maximum) / temperature))
    }
}
