/// A depth router's weights: s = W2 · silu(W1 · x + b1) + b2.
struct Router {
    /// [hidden][embedding].
    var inWeight: [Float]
    /// [hidden].
    var inBias: [Float]
    /// [hidden].
    var outWeight: [Float]
    var outBias: Float

    /// The linear function w·x + b as a router with two hidden units, exactly: silu(z) − silu(−z) = z.
    init(weights: [Float], bias: Float) {
        inWeight = weights + weights.map { -$0 }
        inBias = [bias, -bias]
        outWeight = [1, -1]
        outBias = 0
    }
}
