import CInt8Kernels

/// A depth router's weights: s = W₂ · silu(W₁ · x + b₁) + b₂, with h hidden units.
package struct RouterWeights: Sendable, Hashable {
    /// W₁, [h][embedding].
    package let inWeight: [Float]
    /// b₁, [h].
    package let inBias: [Float]
    /// W₂, [h].
    package let outWeight: [Float]
    /// b₂.
    package let outBias: Float

    /// Takes the weights; b₁ and W₂ have h numbers, W₁ so many rows.
    package init(inWeight: [Float], inBias: [Float], outWeight: [Float], outBias: Float) {
        precondition(inBias.count == outWeight.count && inWeight.count.isMultiple(of: inBias.count))
        self.inWeight = inWeight
        self.inBias = inBias
        self.outWeight = outWeight
        self.outBias = outBias
    }

    /// All but b₂, one after the other.
    var floats: [Float] { inWeight + inBias + outWeight }

    /// The router as kernels read it, of the `floats` that lie at `base`.
    func placed(at base: UnsafePointer<Float>) -> int8_router {
        int8_router(
            in_weight: base, in_bias: base + inWeight.count,
            out_weight: base + inWeight.count + inBias.count, out_bias: outBias, hidden: inBias.count)
    }
}
