import GGUF
import Testing

@Suite struct HalfFloatTests {
    @Test(
        arguments: [
            (0x0000, 0), (0x0001, 0x1p-24), (0x03ff, 0x3ffp-24), (0x0400, 0x1p-14), (0x3c00, 1),
            (0x3555, 0x1.554p-2),
            (0x7bff, 65504), (0x7c00, .infinity), (0xc000, -2),
        ] as [(UInt16, Float)])
    func knownValues(bits: UInt16, value: Float) {
        #expect(HalfFloat.float(bits) == value)
        #expect(HalfFloat.bits(value) == bits)
    }

    @Test func everyHalfSurvivesTheRoundTrip() {
        for bits in UInt16.min...UInt16.max {
            let value = HalfFloat.float(bits)
            #expect(value.isNaN == (bits & 0x7fff > 0x7c00))
            if HalfFloat.bits(value) != bits { Issue.record("\(bits) became \(HalfFloat.bits(value))") }
        }
    }

    /// Between two neighbouring halves: the nearer wins, and the even one at the very middle.
    @Test func tiesGoToEven() {
        for lower in UInt16(0)..<0x7bff {
            let (low, high) = (HalfFloat.float(lower), HalfFloat.float(lower + 1))
            let middle = (low + high) / 2
            let even = lower.isMultiple(of: 2) ? lower : lower + 1
            if HalfFloat.bits(middle) != even || HalfFloat.bits(middle.nextDown) != lower
                || HalfFloat.bits(middle.nextUp) != lower + 1 || HalfFloat.bits(-middle) != even | 0x8000
            {
                Issue.record("wrong around \(middle)")
            }
        }
    }

    @Test func tooLargeBecomesInfinite() {
        #expect(HalfFloat.bits(65520) == 0x7c00)
        #expect(HalfFloat.bits(Float(65520).nextDown) == 0x7bff)
        #expect(HalfFloat.bits(-.greatestFiniteMagnitude) == 0xfc00)
        #expect(HalfFloat.float(HalfFloat.bits(Float(bitPattern: 0x7f80_0001))).isNaN)
    }
}
