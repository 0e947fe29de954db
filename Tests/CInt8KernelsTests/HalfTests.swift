import CInt8Kernels
import TestSupport
import Testing

@Suite("Narrowing to fp16", .serialized)
struct HalfTests {
    /// Every positive half, what lies half-way to the next and the floats beside that; then both signs.
    private static let cases: [Float] = {
        var cases: [Float] = []
        for bits in 0..<0x7c00 {
            let middle = Float((Half.magnitudes[bits] + Half.magnitudes[bits + 1]) / 2)
            cases += [Float(Half.magnitudes[bits]), middle.nextDown, middle, middle.nextUp]
        }
        cases += [65536, 1e30, .greatestFiniteMagnitude, .infinity, .leastNonzeroMagnitude]
        var random = SeededGenerator(seed: 15)
        cases += random.floats(10_000, spread: 70_000) + random.floats(10_000, spread: 1e-4)
        return cases + cases.map { -$0 }
    }()

    @Test("Every number goes to the nearest half, ties to even", arguments: KernelSet.all)
    func rounding(set: KernelSet) {
        let narrowed = set.narrow(Self.cases)
        let wrong = zip(Self.cases, narrowed).filter { $1 != Half.nearest($0) }
        #expect(wrong.isEmpty, "\(wrong.prefix(5))")
    }

    @Test("NaN stays NaN, with the same bits everywhere", arguments: KernelSet.all)
    func nan(set: KernelSet) {
        let patterns: [UInt32] = [
            0x7f80_0001, 0x7fc0_0000, 0xffc0_2001, 0x7fff_ffff, 0xff80_1fff, 0x7fa0_0000,
        ]
        let cases = patterns.map(Float.init(bitPattern:)) + [1, 2]
        let narrowed = set.narrow(cases)
        #expect(narrowed == KernelSet.portable.narrow(cases))
        #expect(narrowed.prefix(6).allSatisfy { $0 & 0x7c00 == 0x7c00 && $0 & 0x3ff != 0 })
    }

    @Test("Lengths that are no multiple of 8 are filled to the end", arguments: KernelSet.all)
    func tails(set: KernelSet) {
        var random = SeededGenerator(seed: 16)
        for count in 0...33 {
            let x = random.floats(count, spread: 10)
            #expect(set.narrow(x) == x.map(Half.nearest))
        }
    }
}
