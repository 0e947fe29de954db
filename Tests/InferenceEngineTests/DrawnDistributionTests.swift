import Conversations
import Foundation
import InferenceEngine
import MoDModel
import Testing

@Suite("What the sampler draws, over many draws")
struct DrawnDistributionTests {
    /// A setting and the probabilities it should give the tokens with logits `logits`.
    struct Setting: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var options: SamplingOptions
        var expected: [Double]
    }

    static let logits: [Float] = [0.5, 2, -1, 1, 0, 1.5, -2, -0.5]

    static let settings: [Setting] = [
        setting("temperature 1", temperature: 1) { _ in true },
        setting("temperature 0.5", temperature: 0.5) { _ in true },
        setting("temperature 3", temperature: 3) { _ in true },
        setting("top-k 3", temperature: 1, topK: 3) { [1, 5, 3].contains($0) },
        setting("top-k beyond the vocabulary", temperature: 1, topK: 80) { _ in true },
        // Probabilities at temperature 1: 0.411, 0.249, 0.151, 0.092, …
        setting("top-p 0.6", temperature: 1, topP: 0.6) { [1, 5].contains($0) },
        setting("top-p 0.7", temperature: 1, topP: 0.7) { [1, 5, 3].contains($0) },
        // Within the three that top-k keeps: 0.507, 0.307, 0.186.
        setting("top-p after top-k", temperature: 1, topK: 3, topP: 0.8) { [1, 5].contains($0) },
        // Temperature comes first: at 0.5 the probabilities are 0.6, 0.22, …
        setting("top-p after temperature", temperature: 0.5, topP: 0.59) { [1].contains($0) },
        setting("min-p 0.3", temperature: 1, minP: 0.3) { [1, 5, 3].contains($0) },
        setting("min-p after temperature", temperature: 0.5, minP: 0.3) { [1, 5].contains($0) },
        setting("the tightest of all", temperature: 1, topK: 6, topP: 0.99, minP: 0.2) {
            [1, 5, 3, 0].contains($0)
        },
    ]

    @Test("follows the options (chi-square at 0.001)", arguments: settings)
    func distribution(setting: Setting) throws {
        let draws = 5000
        var counts = [Double](repeating: 0, count: Self.logits.count)
        var sampler = Sampler(setting.options)
        for _ in 0..<draws {
            counts[Int(try sampler.draw(from: Self.logits).id)] += 1
        }
        try ChiSquare.expect(counts, setting.expected)
    }

    @Test("Ranking more and more of a flat vocabulary finds the same tokens as ranking all of it")
    func flatVocabulary() throws {
        var random = SplitMix64(seed: 5)
        let logits = (0..<400).map { _ in Float(random.nextUnit()) }
        let ranked = logits.indices.sorted { logits[$0] > logits[$1] }
        let weights = ranked.map { exp(Double(logits[$0])) }
        for topP in [0.05, 0.5, 0.9, 0.999] {
            var sum = 0.0
            let allowed = Set(
                zip(ranked, weights).prefix { _, weight in
                    defer { sum += weight }
                    return sum < topP * weights.reduce(0, +)
                }.map { Int32($0.0) })
            let options = SamplingOptions(temperature: 1, topK: 0, topP: Float(topP), seed: 7)
            var sampler = Sampler(options)
            var drawn: Set<Int32> = []
            for _ in 0..<500 { drawn.insert(try sampler.draw(from: logits).id) }
            #expect(drawn.isSubset(of: allowed))
            #expect(Double(drawn.count) > 0.5 * Double(allowed.count), "and reaches most of them")
        }
    }

    private static func setting(
        _ name: String, temperature: Float, topK: Int = 0, topP: Float = 1, minP: Float = 0,
        keeping isKept: (Int) -> Bool
    ) -> Setting {
        let weights = logits.indices.map { isKept($0) ? exp(Double(logits[$0] / temperature)) : 0 }
        let total = weights.reduce(0, +)
        return Setting(
            testDescription: name,
            options: SamplingOptions(temperature: temperature, topK: topK, topP: topP, minP: minP, seed: 42),
            expected: weights.map { $0 / total }
        )
    }
}
