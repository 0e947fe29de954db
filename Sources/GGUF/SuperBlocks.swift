/// ggml's "K" formats: 256 weights a block in sub-blocks with scales of their own, which are quantised themselves,
/// against an fp16 scale d (and, for minima, dmin) of the whole block. Each function turns `count` blocks at `source`
/// into 256 floats each.
enum SuperBlocks {
    /// Q2_K: 16 bytes of scale (lower half) and minimum (upper half), 64 bytes of q, d, dmin.
    /// x = (d·scale)·q − dmin·minimum, in sub-blocks of 16.
    static func q2(_ source: UnsafeRawPointer, _ floats: UnsafeMutablePointer<Float>, _ count: Int) {
        GGMLType.q2_k.forEachBlock(source, floats, count) { source, floats in
            let scale = source.half(at: 80)
            let minimum = source.half(at: 82)
            for part in 0..<16 {
                let packed = source.byte(part)
                let step = scale * Float(packed & 15)
                let base = minimum * Float(packed >> 4)
                for index in 0..<16 {
                    floats[16 * part + index] = step * Float(twoBits(source + 16, part, index)) - base
                }
            }
        }
    }

    /// Q3_K: 32 bytes of third bits, 64 bytes of lower two bits, 12 bytes of 6-bit scales, d.
    /// x = (d·(scale − 32))·(q − 4), in sub-blocks of 16.
    static func q3(_ source: UnsafeRawPointer, _ floats: UnsafeMutablePointer<Float>, _ count: Int) {
        GGMLType.q3_k.forEachBlock(source, floats, count) { source, floats in
            let scale = source.half(at: 108)
            for part in 0..<16 {
                let low = source.byte(96 + part % 8) >> (part < 8 ? 0 : 4) & 15
                let high = source.byte(104 + part % 4) >> Int32(2 * (part / 4)) & 3
                let step = scale * Float((low | high << 4) &- 32)
                for index in 0..<16 {
                    let third = source.byte(16 * (part % 2) + index) >> Int32(part / 2) & 1
                    let quant = twoBits(source + 32, part, index) | third << 2
                    floats[16 * part + index] = step * Float(quant &- 4)
                }
            }
        }
    }

    /// Q4_K: d, dmin, 12 bytes of 6-bit scales and minima, 128 bytes of q.
    /// x = (d·scale)·q − dmin·minimum, in sub-blocks of 32.
    static func q4(_ source: UnsafeRawPointer, _ floats: UnsafeMutablePointer<Float>, _ count: Int) {
        GGMLType.q4_k.forEachBlock(source, floats, count) { source, floats in
            for part in 0..<8 {
                let (step, base) = stepAndBase(source, part)
                for index in 0..<32 {
                    floats[32 * part + index] = step * Float(fourBits(source + 16, part, index)) - base
                }
            }
        }
    }

    /// Q5_K: d, dmin, 12 bytes of 6-bit scales and minima, 32 bytes of fifth bits, 128 bytes of lower four bits.
    /// x = (d·scale)·q − dmin·minimum, in sub-blocks of 32.
    static func q5(_ source: UnsafeRawPointer, _ floats: UnsafeMutablePointer<Float>, _ count: Int) {
        GGMLType.q5_k.forEachBlock(source, floats, count) { source, floats in
            for part in 0..<8 {
                let (step, base) = stepAndBase(source, part)
                for index in 0..<32 {
                    let fifth = source.byte(16 + index) >> Int32(part) & 1
                    let quant = fourBits(source + 48, part, index) | fifth << 4
                    floats[32 * part + index] = step * Float(quant) - base
                }
            }
        }
    }

    /// Q6_K: 128 bytes of lower four bits, 64 bytes of upper two, 16 scales (int8), d.
    /// x = (d·scale)·(q − 32), in sub-blocks of 16.
    static func q6(_ source: UnsafeRawPointer, _ floats: UnsafeMutablePointer<Float>, _ count: Int) {
        GGMLType.q6_k.forEachBlock(source, floats, count) { source, floats in
            let scale = source.half(at: 208)
            for part in 0..<16 {
                let step = scale * Float(source.load(fromByteOffset: 192 + part, as: Int8.self))
                for index in 0..<16 {
                    // In each half of the block, 64 bytes hold weights 0…63 below and 64…127 above.
                    let column = 16 * (part % 4) + index
                    let low = source.byte(64 * (part / 8) + column) >> (part % 8 < 4 ? 0 : 4) & 15
                    let quant = low | twoBits(source + 128, part, index) << 4
                    floats[16 * part + index] = step * Float(quant &- 32)
                }
            }
        }
    }

    /// Weight `index` of sub-block `part` where 32 bytes hold 128 weights, two bits each: a byte's lowest bits
    /// are of the first 32 weights, its highest of the last.
    private static func twoBits(_ source: UnsafeRawPointer, _ part: Int, _ index: Int) -> Int32 {
        source.byte(32 * (part / 8) + 16 * (part % 2) + index) >> Int32(2 * (part % 8 / 2)) & 3
    }

    /// Weight `index` of sub-block `part` where 32 bytes hold 64 weights, the first 32 in the lower halves.
    private static func fourBits(_ source: UnsafeRawPointer, _ part: Int, _ index: Int) -> Int32 {
        source.byte(32 * (part / 2) + index) >> (part % 2 == 0 ? 0 : 4) & 15
    }

    /// d·scale and dmin·minimum of sub-block `part` of Q4_K and Q5_K.
    ///
    /// The first four scales and minima fill the lower six bits of four bytes each; the other four have their
    /// lower bits in the last four bytes and their upper two on top of the first eight.
    private static func stepAndBase(_ source: UnsafeRawPointer, _ part: Int) -> (step: Float, base: Float) {
        let packed = source + 4
        let scale: Int32
        let minimum: Int32
        if part < 4 {
            scale = packed.byte(part) & 63
            minimum = packed.byte(part + 4) & 63
        } else {
            scale = packed.byte(part + 4) & 15 | (packed.byte(part - 4) >> 6) << 4
            minimum = packed.byte(part + 4) >> 4 | (packed.byte(part) >> 6) << 4
        }
        return (source.half(at: 0) * Float(scale), source.half(at: 2) * Float(minimum))
    }
}
