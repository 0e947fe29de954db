import Foundation
import InferenceEngine
import MoDModel
import Testing

@Suite("The model's distribution")
struct DistributionTests {
    @Test(
        "is the softmax, whatever the size of the vocabulary and the spread of the logits", arguments: 1...24)
    func softmax(round: Int) {
        var random = SplitMix64(seed: UInt64(round))
        // Sizes on both sides of what is summed at once, and not only multiples of four.
        let count = round < 12 ? round : round * 71
        let spread = pow(2, Double(round % 9))
        let logits = (0..<count).map { index in
            index > 0 && random.nextUnit() < 0.1 ? -Float.infinity : Float((random.nextUnit() - 0.7) * spread)
        }
        let maximum = logits.max() ?? 0
        let weights = logits.map { exp(Double($0) - Double(maximum)) }
        let total = weights.reduce(0, +)
        let entropy = weights.reduce(0.0) { $0 - ($1 > 0 ? $1 / total * log($1 / total) : 0) }

        let distribution = logits.withUnsafeBufferPointer { Distribution(of: $0, maximum: maximum) }
        #expect(abs(Double(distribution.entropy) - entropy) < 1e-5 * max(entropy, 1))
        for (logit, weight) in zip(logits, weights) {
            let probability = weight / total
            #expect(
                abs(Double(distribution.probability(of: logit)) - probability) < 2e-6 * probability + 1e-30)
        }
    }

    @Test("is certain where one logit towers over the rest")
    func certain() {
        let logits: [Float] = [-3e38, 3e38, -.infinity, 0, -3e38]
        let distribution = logits.withUnsafeBufferPointer { Distribution(of: $0, maximum: 3e38) }
        #expect(distribution.entropy == 0)
        #expect(logits.map(distribution.probability) == [0, 1, 0, 0, 0])
    }
}
