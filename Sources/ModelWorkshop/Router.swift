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

    /// The linear function w·x + b as a router with two hidden units, exactly: silu(z) − silu(−z) = z.
    package init(weights: [Float], bias: Float) {
        self.weights = weights
        self.bias = bias
        inWeight = weights + weights.map { -$0 }
        inBias = [bias, -bias]
        outWeight = [1, -1]
        outBias = 0
    }
}
