import Foundation

/// What the model's softmax distribution looks like, from one pass over its logits.
package struct Distribution {
    /// The highest logit; every exponential is taken relative to it.
    private let maximum: Float
    /// ln Σ exp(logit − maximum).
    private let logPartition: Double
    /// −Σ p ln p, in nats.
    package let entropy: Float

    /// Logits of `-infinity` have probability 0; at least one logit, `maximum`, must be finite.
    package init(of logits: UnsafeBufferPointer<Float>, maximum: Float) {
        typealias Lanes = VectorExponential.Lanes
        var partition = 0.0
        var weightedSum = 0.0
        // Sums of a few hundred logits are good enough in Float; that of a vocabulary is not.
        for start in stride(from: 0, to: logits.count, by: 256) {
            var weights = Lanes.zero
            var weighted = Lanes.zero
            for index in stride(from: start, to: min(start + 256, logits.count), by: Lanes.scalarCount) {
                var difference = VectorExponential.load(logits, at: index) - maximum
                let weight = VectorExponential.exp(difference)
                // 0 · −∞ would not be 0.
                difference.replace(with: 0, where: difference .< VectorExponential.lowest)
                weights += weight
                weighted += weight * difference
            }
            partition += Double(weights.sum())
            weightedSum += Double(weighted.sum())
        }
        self.maximum = maximum
        logPartition = log(partition)
        entropy = Float(max(logPartition - weightedSum / partition, 0))
    }

    /// The probability of a token with this logit, 0…1.
    package func probability(of logit: Float) -> Float {
        Float(min(exp(Double(logit) - Double(maximum) - logPartition), 1))
    }
}
