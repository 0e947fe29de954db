import CInt8Kernels
import TestSupport
import Testing

@Suite("RMS norm")
struct NormTests {
    private static let rows: [[Float]] = {
        var random = SeededGenerator(seed: 10)
        let usual = [8, 16, 32, 64, 96, 576, 1536].map { random.floats($0, spread: 30) }
        return usual + Extreme.finite.map(\.group)
    }()

    @Test("Every set gives the same bits, in place too", arguments: KernelSet.all)
    func identity(set: KernelSet) {
        var random = SeededGenerator(seed: 11)
        for row in Self.rows + Extreme.nonFinite {
            let weight = random.floats(row.count, in: 0.1...3)
            let expected = KernelSet.portable.rmsNorm(row, weight: weight, epsilon: 1e-5)
            #expect(set.rmsNorm(row, weight: weight, epsilon: 1e-5).bits == expected.bits)
            var inPlace = row
            inPlace.withUnsafeMutableBufferPointer { buffer in
                guard let x = buffer.baseAddress else { return }
                set.kernels.rms_norm(x, weight, buffer.count, 1e-5, x)
            }
            #expect(inPlace.bits == expected.bits)
        }
    }

    /// The mean of squares is a sum of positive numbers, each lane's a chain of n/8 fused steps, so its relative
    /// error is below (n/8 + 5) · 2⁻²⁴, halved by the root; then come a division and two products.
    @Test("The norm is right")
    func correctness() {
        var random = SeededGenerator(seed: 12)
        // The squares of “huge” overflow a float; nothing a model makes comes near.
        for row in Self.rows where row.allSatisfy({ $0.magnitude < 1e18 }) {
            let weight = random.floats(row.count, in: 0.1...3)
            let out = KernelSet.portable.rmsNorm(row, weight: weight, epsilon: 1e-5)
            let square = row.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(row.count)
            let inverse = 1 / (square + Double(Float(1e-5))).squareRoot()
            let bound = (Double(row.count) / 16 + 6) * 0x1p-24
            for i in row.indices {
                let exact = Double(row[i]) * inverse * Double(weight[i])
                #expect((Double(out[i]) - exact).magnitude <= bound * exact.magnitude + 1e-44)
            }
        }
    }
}
