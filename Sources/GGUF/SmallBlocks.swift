/// ggml's formats of 32 weights a block: a scale d, for some a minimum m, then the weights q. Each function turns
/// `count` blocks at `source` into 32 floats each.
///
/// A byte of 4-bit weights holds weight i in its lower and weight i + 16 in its upper half.
enum SmallBlocks {
    /// Q8_0: d (fp16), 32 × q (int8). x = d·q.
    static func q8(_ source: UnsafeRawPointer, _ floats: UnsafeMutablePointer<Float>, _ count: Int) {
        GGMLType.q8_0.forEachBlock(source, floats, count) { source, floats in
            let scale = source.half(at: 0)
            for index in 0..<32 {
                floats[index] = Float(source.load(fromByteOffset: 2 + index, as: Int8.self)) * scale
            }
        }
    }

    /// Q4_0: d (fp16), 16 × two q. x = d·(q − 8).
    static func q4WithoutMinimum(
        _ source: UnsafeRawPointer, _ floats: UnsafeMutablePointer<Float>, _ count: Int
    ) {
        GGMLType.q4_0.forEachBlock(source, floats, count) { source, floats in
            let scale = source.half(at: 0)
            for index in 0..<16 {
                let pair = source.byte(2 + index)
                floats[index] = scale * Float(pair & 15 &- 8)
                floats[index + 16] = scale * Float(pair >> 4 &- 8)
            }
        }
    }

    /// Q4_1: d, m (fp16), 16 × two q. x = d·q + m.
    static func q4WithMinimum(_ source: UnsafeRawPointer, _ floats: UnsafeMutablePointer<Float>, _ count: Int)
    {
        GGMLType.q4_1.forEachBlock(source, floats, count) { source, floats in
            let scale = source.half(at: 0)
            let minimum = source.half(at: 2)
            for index in 0..<16 {
                let pair = source.byte(4 + index)
                floats[index] = scale * Float(pair & 15) + minimum
                floats[index + 16] = scale * Float(pair >> 4) + minimum
            }
        }
    }

    /// Q5_0: d (fp16), the fifth bit of each q (32 bits), 16 × two q. x = d·(q − 16).
    static func q5WithoutMinimum(
        _ source: UnsafeRawPointer, _ floats: UnsafeMutablePointer<Float>, _ count: Int
    ) {
        GGMLType.q5_0.forEachBlock(source, floats, count) { source, floats in
            let scale = source.half(at: 0)
            let high = source.loadUnaligned(fromByteOffset: 2, as: UInt32.self)
            for index in 0..<16 {
                let pair = source.byte(6 + index)
                floats[index] = scale * Float((pair & 15 | fifth(high, index)) &- 16)
                floats[index + 16] = scale * Float((pair >> 4 | fifth(high, index + 16)) &- 16)
            }
        }
    }

    /// Q5_1: d, m (fp16), the fifth bit of each q (32 bits), 16 × two q. x = d·q + m.
    static func q5WithMinimum(_ source: UnsafeRawPointer, _ floats: UnsafeMutablePointer<Float>, _ count: Int)
    {
        GGMLType.q5_1.forEachBlock(source, floats, count) { source, floats in
            let scale = source.half(at: 0)
            let minimum = source.half(at: 2)
            let high = source.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
            for index in 0..<16 {
                let pair = source.byte(8 + index)
                floats[index] = scale * Float(pair & 15 | fifth(high, index)) + minimum
                floats[index + 16] = scale * Float(pair >> 4 | fifth(high, index + 16)) + minimum
            }
        }
    }

    /// Bit `index` of `bits`, in the place of a weight's fifth bit.
    private static func fifth(_ bits: UInt32, _ index: Int) -> Int32 {
        Int32(bits &>> UInt32(index) & 1) << 4
    }
}
