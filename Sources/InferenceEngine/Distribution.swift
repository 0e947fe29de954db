import CInt8Kernels
import Foundation

/// The model's distribution of the next token, a softmax, from one pass over its logits.
package struct Distribution {
    /// The highest logit; every exponential is taken relative to it.
    private let maximum: Float
    /// ln Σ exp(logit − maximum).
    private let logSum: Double
    /// The entropy of the distribution, −Σ p ln p, in nats.
    package let entropy: Float

    /// Takes the logits, one a vocabulary index, of which `maximum`, a finite number, is the highest. Logits of
    /// `-infinity` have probability 0.
    package init(of logits: UnsafeBufferPointer<Float>, maximum: Float) {
        var sums = [1.0, 0]
        Logits.kernels.softmax_sums(logits.baseAddress, logits.count, maximum, &sums)
        let (sum, weightedSum) = (sums[0], sums[1])
        self.maximum = maximum
        logSum = log(sum)
        entropy = Float(max(logSum - weightedSum / sum, 0))
    }

    /// The probability of a token that has the given logit, 0…1.
    package func probability(of logit: Float) -> Float {
        Float(min(exp(Double(logit) - Double(maximum) - logSum), 1))
    }
}
