public import GGUF

extension SeededGenerator {
    /// Blocks of random bits whose fp16 scales and minima are finite.
    ///
    /// - Parameter exponent: of the scales and minima, 0…30, as fp16 keeps it, 15 above a power of two; nil: a random
    ///   one each.
    public mutating func blocks(of type: GGMLType, count: Int, exponent: UInt8? = nil) -> [UInt8] {
        let halves: [Int] =
            switch type {
            case .q4_0, .q5_0, .q8_0, .f16: [0]
            case .q4_1, .q5_1, .q4_k, .q5_k: [0, 2]
            case .q2_k: [80, 82]
            case .q3_k: [108]
            case .q6_k: [208]
            default: []
            }
        var bytes = (0..<type.blockBytes * count).map { _ in UInt8(truncatingIfNeeded: next() >> 24) }
        for start in stride(from: 0, to: bytes.count, by: type.blockBytes) {
            for half in halves {
                let upper = bytes[start + half + 1]
                // Without its lowest bit an exponent cannot be the one of infinity and NaN.
                bytes[start + half + 1] = exponent.map { upper & 0x83 | $0 << 2 } ?? (upper & ~4)
            }
            if type == .f32 { bytes[start + 2] &= 0x7f }
            if type == .bf16 { bytes[start] &= 0x7f }
        }
        return bytes
    }
}
