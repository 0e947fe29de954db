/// Random numbers for routing by chance and for sampling: SplitMix64 (Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", OOPSLA 2014).
///
/// A generator of our own, because Swift's has no seed: a seed must give one reply on every machine and in every
/// release.
package struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    /// From one state to the next.
    static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Every seed is as good as any other, 0 included.
    package init(seed: UInt64) {
        state = seed
    }

    /// The next 64 random bits.
    package mutating func next() -> UInt64 {
        state &+= Self.step
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// The next random number, evenly spread over 0..<1 in steps of 2⁻⁵³.
    package mutating func nextUnit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }
}
