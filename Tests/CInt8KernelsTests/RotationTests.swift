import CInt8Kernels
import Foundation
import TestSupport
import Testing

@Suite("Rotating pairs")
struct RotationTests {
    @Test("Every set gives the same bits", arguments: KernelSet.all)
    func identity(set: KernelSet) {
        var random = SeededGenerator(seed: 17)
        for count in [2, 6, 32, 64, 128] {
            for spread: Float in [1, 1e30, 1e-37, .infinity] {
                let x = random.floats(count, spread: spread)
                let cosines = random.floats(count / 2, in: -1...1)
                let sines = random.floats(count / 2, in: -1...1)
                let expected = KernelSet.portable.rotate(x, cosines: cosines, sines: sines)
                #expect(set.rotate(x, cosines: cosines, sines: sines).bits == expected.bits)
            }
        }
    }

    /// Two products and a sum, each rounded once.
    @Test("A pair turns by its angle")
    func correctness() {
        var random = SeededGenerator(seed: 18)
        let x = random.floats(64, spread: 5)
        let angles = random.floats(32, in: -10...10)
        let cosines = angles.map { Float(cos(Double($0))) }
        let sines = angles.map { Float(sin(Double($0))) }
        let out = KernelSet.portable.rotate(x, cosines: cosines, sines: sines)
        for i in angles.indices {
            let (even, odd) = (Double(x[2 * i]), Double(x[2 * i + 1]))
            let (c, s) = (Double(cosines[i]), Double(sines[i]))
            let bound = 2 * 0x1p-24 * (even.magnitude + odd.magnitude)
            #expect((Double(out[2 * i]) - (even * c - odd * s)).magnitude <= bound)
            #expect((Double(out[2 * i + 1]) - (even * s + odd * c)).magnitude <= bound)
        }
    }
}
