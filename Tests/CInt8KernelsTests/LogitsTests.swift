import CInt8Kernels
import Foundation
import TestSupport
import Testing

@Suite("A vocabulary's logits")
struct LogitsTests {
    private static let counts = [1, 15, 16, 17, 63, 64, 65, 511, 512, 513, 49_152]
    private static let segment = Int(INT8_LOGIT_SEGMENT)

    private static func load(_ x: [Float], with set: KernelSet) -> (values: [Float], peaks: [Float]) {
        var values = [Float](repeating: .nan, count: x.count)
        var peaks = [Float](repeating: .nan, count: (x.count + segment - 1) / segment)
        set.kernels.finite_logits(x, x.count, &values, &peaks)
        return (values, peaks)
    }

    private static func sums(_ x: [Float], maximum: Float, with set: KernelSet) -> [Double] {
        var sums = [Double.nan, .nan]
        set.kernels.softmax_sums(x, x.count, maximum, &sums)
        return sums
    }

    @Test("What is not finite becomes −∞, and every segment's highest is found", arguments: counts)
    func finite(count: Int) {
        var random = SeededGenerator(seed: UInt64(count))
        var x = random.floats(count, in: -30...30)
        for odd in [Float.nan, .infinity, -.infinity, -.nan] where count > 1 {
            x[Int.random(in: 1..<count, using: &random)] = odd
        }
        let expected = x.map { $0.isFinite ? $0 : -.infinity }
        for set in KernelSet.all {
            let (values, peaks) = Self.load(x, with: set)
            #expect(values == expected, "\(set.name)")
            let highest = stride(from: 0, to: count, by: Self.segment).map { start in
                expected[start..<min(start + Self.segment, count)].max() ?? 0
            }
            #expect(peaks == highest, "\(set.name)")
        }
    }

    @Test("The sums are those of a softmax, to the same bits with every set", arguments: counts)
    func softmax(count: Int) {
        var random = SeededGenerator(seed: UInt64(count) + 1)
        var x = random.floats(count, in: -40...20)
        if count > 1 { x[count - 1] = -.infinity }
        let maximum = x.max() ?? 0
        let reference = x.reduce(into: (0.0, 0.0)) { sums, value in
            let difference = Double(value) - Double(maximum)
            guard difference >= -87 else { return }
            sums.0 += exp(difference)
            sums.1 += exp(difference) * difference
        }
        let portable = Self.sums(x, maximum: maximum, with: .portable)
        #expect(abs(portable[0] - reference.0) <= 1e-6 * reference.0)
        #expect(abs(portable[1] - reference.1) <= 1e-6 * abs(reference.1))
        for set in KernelSet.all {
            #expect(Self.sums(x, maximum: maximum, with: set) == portable, "\(set.name)")
        }
    }

    @Test(
        "A logit that lies 87 below the highest counts, one just below that does not",
        arguments: KernelSet.all)
    func edge(set: KernelSet) {
        #expect(Self.sums([0, -87], maximum: 0, with: set)[1] < 0)
        #expect(Self.sums([0, (-87 as Float).nextDown], maximum: 0, with: set) == [1, 0])
        #expect(Self.sums([3e38, -3e38], maximum: 3e38, with: set) == [1, 0])
    }
}
