/// fp16 from its definition, by exact arithmetic and search: shares nothing with what it checks.
enum Half {
    /// The value of finite bits. Infinity's bits give 65536, what would come after the largest half.
    static func value(_ bits: UInt16) -> Double {
        let exponent = Int(bits >> 10 & 0x1f)
        let mantissa = Double(bits & 0x3ff)
        var magnitude = mantissa * 0x1p-24
        if exponent > 0 {
            magnitude = 1024 + mantissa
            for _ in 0..<abs(exponent - 25) {
                magnitude *= exponent > 25 ? 2 : 0.5
            }
        }
        return bits & 0x8000 == 0 ? magnitude : -magnitude
    }

    /// Every positive half and infinity, in order: the index is the bits.
    static let magnitudes = (0...UInt16(0x7c00)).map(value)

    /// The nearest half of a number, ties to even bits.
    static func nearest(_ x: Float) -> UInt16 {
        let sign: UInt16 = x.sign == .minus ? 0x8000 : 0
        let magnitude = Double(x.magnitude)
        var (low, high) = (0, 0x7c00)
        if magnitude >= magnitudes[high] { return sign | 0x7c00 }
        while high - low > 1 {
            let middle = (low + high) / 2
            if magnitudes[middle] <= magnitude { low = middle } else { high = middle }
        }
        let below = magnitude - magnitudes[low]
        let above = magnitudes[high] - magnitude
        let up = below == above ? low % 2 == 1 : below > above
        return sign | UInt16(up ? high : low)
    }
}
