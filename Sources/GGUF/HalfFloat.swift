/// IEEE half-precision floats as their bit patterns, on every platform (Swift has no `Float16` on Intel Macs).
public enum HalfFloat {
    /// The bits of positive infinity; larger ones, without their sign, are NaNs.
    public static let infinity: UInt16 = 0x7c00

    /// The value of a half-precision float with these bits, exactly. NaNs keep their payload.
    @inlinable
    public static func float(_ bits: UInt16) -> Float {
        let sign = UInt32(bits & 0x8000) << 16
        let magnitude = UInt32(bits & 0x7fff)
        if magnitude >= 0x7c00 {
            return Float(bitPattern: sign | 0x7f80_0000 | (magnitude & 0x3ff) << 13)
        }
        // Shifted into a float's place the exponent is 112 too small; the multiplication makes up for it, exactly,
        // and turns subnormal halves into normal floats on the way.
        let scaled = Float(bitPattern: magnitude << 13) * 0x1p112
        return Float(bitPattern: sign | scaled.bitPattern)
    }

    /// The bits of the half-precision float nearest to `value`, ties to even; infinity for a value that is too large.
    /// NaNs keep the upper part of their payload.
    @inlinable
    public static func bits(_ value: Float) -> UInt16 {
        let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16) & 0x8000
        let magnitude = value.bitPattern & 0x7fff_ffff
        if magnitude > 0x7f80_0000 {
            // A payload in the lower bits alone must not turn the NaN into an infinity.
            let payload = UInt16(truncatingIfNeeded: magnitude >> 13) & 0x3ff
            return sign | 0x7c00 | (payload == 0 ? 1 : payload)
        }
        // 65520 is halfway between the largest half and what would come next.
        if magnitude >= 0x477f_f000 { return sign | 0x7c00 }
        if magnitude < 0x3880_0000 {
            // Subnormal halves are multiples of 2⁻²⁴: adding 0.5, whose last bit is 2⁻²⁴, rounds to one.
            let rounded = Float(bitPattern: magnitude) + 0.5
            return sign | UInt16(truncatingIfNeeded: rounded.bitPattern &- 0x3f00_0000)
        }
        let odd = magnitude >> 13 & 1
        let rounded = (magnitude &- 0x3800_0000 &+ 0xfff &+ odd) >> 13
        return sign | UInt16(truncatingIfNeeded: rounded)
    }
}
