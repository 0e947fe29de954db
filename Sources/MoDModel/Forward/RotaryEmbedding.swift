import Foundation

/// Rotary position embedding (arXiv 2104.09864) with interleaved pairs, as GGUF Llama files order the heads.
enum RotaryEmbedding {
    /// Writes the cosine and the sine of position · base^(−2i ÷ headLength) for each pair i of a head,
    /// [headLength / 2] each. Computed in double precision and from the position alone, so that a token's angles do not
    /// depend on the chunk it came in.
    static func angles(
        position: Int, headLength: Int, base: Double,
        cosines: UnsafeMutablePointer<Float>, sines: UnsafeMutablePointer<Float>
    ) {
        let step = -2 / Double(headLength)
        for i in 0..<headLength / 2 {
            let angle = Double(position) * pow(base, step * Double(i))
            cosines[i] = Float(cos(angle))
            sines[i] = Float(sin(angle))
        }
    }
}
