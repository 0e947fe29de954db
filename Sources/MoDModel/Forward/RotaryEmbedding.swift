import Foundation

/// Rotary position embedding (arXiv 2104.09864) with interleaved pairs, as GGUF Llama files order the heads.
enum RotaryEmbedding {
    /// Writes cos and sin of position · base^(−2i / headLength) for i < headLength / 2. Computed in double
    /// precision and from the position alone, so a token's angles do not depend on the chunk it came in.
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
