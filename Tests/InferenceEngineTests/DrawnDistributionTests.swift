import Foundation
import InferenceEngine
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
        // Shares of the whole at temperature 1: 0.411, 0.249, 0.151, 0.092, …
        setting("top-p 0.6", temperature: 1, topP: 0.6) { [1, 5].contains($0) },
        setting("top-p 0.7", temperature: 1, topP: 0.7) { [1, 5, 3].contains($0) },
        // Within the three that top-k keeps: 0.507, 0.307, 0.186.
        setting("top-p after top-k", temperature: 1, topK: 3, topP: 0.8) { [1, 5].contains($0) },
        // Temperature comes first: at 0.5 the shares are 0.6, 0.22, …
        setting("top-p after temperature", temperature: 0.5, topP: 0.59) { [1].contains($0) },
        setting("min-p 0.3", temperature: 1, minP: 0.3) { [1, 5, 3].contains($0) },
        setting("min-p after temperature", temperature: 0.5, minP: 0.3) { [1, 5].contains($0) },
        setting("the tightest of all", temperature: 1, topK: 6, topP: 0.99, minP: 0.2) {
            [1, 5, 3, 0].contains($0)
        },
    ]

    @Test("follows the options (chi-square at 0.001)", arguments: settings)
    func distribution(setting: Setting) throws {
        let draws = 20_000
        var counts = [Double](repeating: 0, count: Self.logits.count)
        var sampler = Sampler(setting.options)
        for _ in 0..<draws {
            counts[Int(try sampler.draw(from: Self.logits).id)] += 1
        }
        var statistic = 0.0
        for (count, probability) in zip(counts, setting.expected) {
            let expected = probability * Double(draws)
            if expected == 0 {
                #expect(count == 0, "a token that was ruled out was drawn")
            } else {
                statistic += (count - expected) * (count - expected) / expected
            }
        }
        let freedom = setting.expected.count { $0 > 0 } - 1
        let critical = [0, 10.83, 13.82, 16.27, 18.47, 20.52, 22.46, 24.32]
        #expect(statistic <= critical[freedom])
    }

    @Test("Ranking only a thinned vocabulary keeps what ranking all of it would")
    func thinning() {
        var random = SplitMix64(seed: 5)
        for round in 0..<300 {
            let weights = (0..<200).map { _ in pow(random.nextUnit(), Double(1 + round % 30)) }
            let maximum = weights.max() ?? 1
            let ranked = weights.map { $0 / maximum }.sorted(by: >)
            let total = ranked.reduce(0, +)
            let truncation = Truncation(
                SamplingOptions(
                    topK: 0, topP: Float(random.nextUnit()),
                    minP: round % 3 == 0 ? Float(random.nextUnit()) : 0))
            let thinned = ranked.filter { $0 >= truncation.floor(count: ranked.count, total: total) }
            #expect(
                truncation.keptCount(of: thinned, total: total)
                    == truncation.keptCount(of: ranked, total: total))
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
