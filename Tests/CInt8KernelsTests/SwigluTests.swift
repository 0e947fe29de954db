import CInt8Kernels
import Foundation
import TestSupport
import Testing

@Suite("SwiGLU")
struct SwigluTests {
    private static let gates: [Float] = {
        var random = SeededGenerator(seed: 19)
        let usual = random.floats(4000, in: -100...100) + random.floats(4000, in: -4...4)
        let large: [Float] = [87, 88, 89, 1e3, 1e10, 1e30, .greatestFiniteMagnitude, .infinity]
        let small: [Float] = [0, 1e-3, 1e-10, 1e-30, .leastNonzeroMagnitude, 86.99, 88.01]
        return eights(usual + large + large.map { -$0 } + small + small.map { -$0 })
    }()

    /// Padded to the kernel's unit.
    private static func eights(_ x: [Float]) -> [Float] {
        x + Array(repeating: 0, count: (8 - x.count % 8) % 8)
    }

    @Test("Every set gives the same bits, in place too", arguments: KernelSet.all)
    func identity(set: KernelSet) {
        var random = SeededGenerator(seed: 20)
        let gate = Self.gates + Array(repeating: .nan, count: 8)
        let up = random.floats(gate.count, spread: 3)
        let expected = KernelSet.portable.swiglu(gate: gate, up: up)
        #expect(set.swiglu(gate: gate, up: up).bits == expected.bits)
        for replacesGate in [true, false] {
            var out = replacesGate ? gate : up
            out.withUnsafeMutableBufferPointer { buffer in
                guard let place = buffer.baseAddress else { return }
                if replacesGate {
                    set.kernels.swiglu(place, up, buffer.count, place)
                } else {
                    set.kernels.swiglu(gate, place, buffer.count, place)
                }
            }
            #expect(out.bits == expected.bits)
        }
    }

    /// e^x is good to about 2 ulps, then come a sum and a division: 5 · 2⁻²⁴ in all is the design's promise. Below
    /// −88 the exponential stops growing; what is left is below 10⁻³⁶ for any activation of a model, next to 0.
    @Test("silu is right to a few ulps")
    func silu() {
        let gates = Self.eights(Self.gates.filter { $0.magnitude < 1e10 })
        let out = KernelSet.portable.swiglu(gate: gates, up: Array(repeating: 1, count: gates.count))
        for (x, y) in zip(gates, out) {
            let exact = Double(x) / (1 + exp(-Double(x)))
            let off = (Double(y) - exact).magnitude
            if x > -87 {
                #expect(off <= 5 * 0x1p-24 * exact.magnitude + 1e-44, "silu(\(x)) = \(y), not \(exact)")
            } else {
                #expect(off <= Double(x).magnitude * 1e-38, "silu(\(x)) = \(y), not \(exact)")
            }
        }
    }

    @Test("Large gates neither overflow nor lose their sign")
    func large() {
        let gate: [Float] = [1e30, 3e38, -1e30, -3e38, 100, -100, 1e10, -1e10]
        let out = KernelSet.portable.swiglu(gate: gate, up: Array(repeating: 1, count: 8))
        #expect(out.allSatisfy { $0.isFinite })
        for (x, y) in zip(gate, out) where x > 0 {
            #expect(y == x)
        }
        for (x, y) in zip(gate, out) where x < 0 {
            #expect(y <= 0 && y.magnitude <= x.magnitude * 1e-38)
        }
    }
}
