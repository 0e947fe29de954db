import CInt8Kernels
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
        var sums = [1.0, 0]
        Logits.kernels.softmax_sums(logits.baseAddress, logits.count, maximum, &sums)
        let (partition, weightedSum) = (sums[0], sums[1])
        self.maximum = maximum
        logPartition = log(partition)
        entropy = Float(max(logPartition - weightedSum / partition, 0))
    }

    /// The probability of a token with this logit, 0…1.
    package func probability(of logit: Float) -> Float {
        Float(min(exp(Double(logit) - Double(maximum) - logPartition), 1))
    }
}
