/// e to the power of four numbers at once.
///
/// A softmax over a vocabulary is some 50,000 exponentials a token; the C library's, one call each, would take longer
/// than all the rest of drawing the token.
enum VectorExponential {
    typealias Lanes = SIMD4<Float>

    /// Below this power the result is not a normal number any more, and is 0.
    static let lowest: Float = -87

    /// e^power for powers from −∞ to 0, with a relative error below 10⁻⁶; 0 below `lowest`.
    ///
    /// e^x = 2^k · e^r with k whole and |r| ≤ ln 2 ÷ 2, where seven terms of the Taylor series are enough.
    @inline(__always)
    static func exp(_ power: Lanes) -> Lanes {
        // Adding 1.5 · 2²³ rounds to a whole number and leaves it in the low bits of the significand.
        let rounder = Lanes(repeating: 12_582_912)
        let shifted = power * Lanes(repeating: 1 / ln2) + rounder
        let k = shifted - rounder
        // ln 2 in two parts, the first short enough that its product with k is exact.
        let r = power - k * Lanes(repeating: 355 / 512) - k * Lanes(repeating: -2.121_944_4e-4)
        var series = Lanes(repeating: 1 / 5040)
        series = series * r + Lanes(repeating: 1 / 720)
        series = series * r + Lanes(repeating: 1 / 120)
        series = series * r + Lanes(repeating: 1 / 24)
        series = series * r + Lanes(repeating: 1 / 6)
        series = series * r + Lanes(repeating: 1 / 2)
        series = series * r + Lanes(repeating: 1)
        series = series * r + Lanes(repeating: 1)
        let exponent = (unsafeBitCast(shifted, to: SIMD4<UInt32>.self) &+ 127) &<< 23
        let result = series * unsafeBitCast(exponent, to: Lanes.self)
        return result.replacing(with: 0, where: power .< lowest)
    }

    private static let ln2: Float = 0.693_147_2

    /// Four of `values` from `index` on, −∞ beyond their end.
    @inline(__always)
    static func load(_ values: UnsafeBufferPointer<Float>, at index: Int) -> Lanes {
        if index + Lanes.scalarCount <= values.count {
            return Lanes(values[index], values[index + 1], values[index + 2], values[index + 3])
        }
        var lanes = Lanes(repeating: -.infinity)
        for lane in 0..<max(values.count - index, 0) { lanes[lane] = values[index + lane] }
        return lanes
    }
}
