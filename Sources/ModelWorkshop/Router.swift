import MoDModel

/// A depth router's weights: s = W2 · silu(W1 · x + b1) + b2.
package struct Router: Sendable, Hashable {
    /// [embedding]: w.
    let weights: [Float]
    /// b.
    let bias: Float
    /// [hidden][embedding].
    package let inWeight: [Float]
    /// [hidden].
    package let inBias: [Float]
    /// [hidden].
    package let outWeight: [Float]
    /// One number.
    package let outBias: Float

    /// The score of a block's normed input x, [embedding].
    func score(_ x: [Float]) -> Float {
        zip(weights, x).reduce(bias) { $0 + $1.0 * $1.1 }
    }

    /// The router with so much added to every score.
    package func raised(by amount: Float) -> Router {
        Router(weights: weights, bias: bias + amount)
    }

    /// The linear function w·x + b as a router with two hidden units, exactly: silu(z) − silu(−z) = z.
    package init(weights: [Float], bias: Float) {
        self.weights = weights
        self.bias = bias
        inWeight = weights + weights.map { -$0 }
        inBias = [bias, -bias]
        outWeight = [1, -1]
        outBias = 0
    }

    /// The router of which a score is s + offset + slope · (s − middle), with s the score of this one.
    func changed(by change: CostCorrection.Change, around middle: Float) -> Router {
        Router(
            weights: weights.map { $0 * (1 + change.slope) },
            bias: bias + change.offset + change.slope * (bias - middle))
    }

    /// The router as the engine reads it.
    var engine: RouterWeights {
        RouterWeights(inWeight: inWeight, inBias: inBias, outWeight: outWeight, outBias: outBias)
    }
}
