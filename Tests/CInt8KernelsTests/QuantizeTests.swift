import CInt8Kernels
import TestSupport
import Testing

@Suite("Quantising activations")
struct QuantizeTests {
    private static let rows: [[Float]] = {
        var random = SeededGenerator(seed: 1)
        let usual = (0..<40).map { random.floats(96, spread: 0.01 * Float($0 * $0 + 1)) }
        // An extreme group between two usual ones, so that a slip into a neighbour shows.
        return usual + Extreme.finite.map { random.floats(32) + $0.group + random.floats(32) }
    }()

    @Test("Every set gives the same bits", arguments: KernelSet.all)
    func identity(set: KernelSet) {
        #expect(set.quantize(Self.rows) == KernelSet.portable.quantize(Self.rows))
    }

    @Test("Numbers that are not finite count as 0, the same everywhere", arguments: KernelSet.all)
    func nonFinite(set: KernelSet) {
        let quantised = set.quantize(Extreme.nonFinite)
        #expect(quantised == KernelSet.portable.quantize(Extreme.nonFinite))
        #expect(quantised == set.quantize(Extreme.nonFinite.map { $0.map { $0.isFinite ? $0 : 0 } }))
        expectTheSumsOfThePlanes(quantised)
    }

    /// Sets that use the sums must not part from those that do not.
    @Test("Numbers that are not finite give the same product everywhere", arguments: KernelSet.all)
    func nonFiniteProduct(set: KernelSet) {
        var random = SeededGenerator(seed: 3)
        let matrix = Q8Matrix(rows: 40, columns: 32, kind: .random, random: &random)
        let tokens = Extreme.nonFinite
        for count in 1...tokens.count {
            let shape = MatmulTests.Shape(rows: 40, columns: 32, count: count, stride: 40, gathers: false)
            let factors = MatmulTests.Factors(
                matrix: matrix, activations: KernelSet.portable.quantize(Array(tokens.suffix(count))))
            #expect(set.multiply(factors, shape).bits == KernelSet.portable.multiply(factors, shape).bits)
        }
    }

    /// The step is max / 32512, and rounding to the nearest step is off by half of one; where the low byte would
    /// be −128 it is raised by one. The product with the rounded inverse is off by 32512 · 2⁻²³ < 0.01 more.
    @Test("Each number is kept to half a step")
    func error() {
        let quantised = KernelSet.portable.quantize(Self.rows)
        for (token, row) in Self.rows.enumerated() {
            for (column, x) in row.enumerated() {
                let group = row[(column / 32 * 32)..<(column / 32 * 32 + 32)]
                let largest = group.map(\.magnitude).max() ?? 0
                let scale = quantised.scale(token: token, column: column)
                guard largest >= 1e-30 else {
                    #expect(scale == 0 && quantised.integer(token: token, column: column) == 0)
                    continue
                }
                #expect(scale == largest / (127 * 256))
                let integer = quantised.integer(token: token, column: column)
                let off = (Double(x) / Double(scale) - Double(integer)).magnitude
                let raised = (integer + 127).isMultiple(of: 256)
                #expect(off <= (raised ? 1.51 : 0.51), "\(x) became \(integer) steps of \(scale)")
            }
        }
    }

    @Test("Both planes stay within ±127, and the sum is theirs")
    func planes() {
        for set in KernelSet.all {
            let quantised = set.quantize(Self.rows)
            #expect(quantised.values.allSatisfy { $0 >= -127 })
            expectTheSumsOfThePlanes(quantised)
        }
    }

    private func expectTheSumsOfThePlanes(_ quantised: Activations) {
        for token in 0..<quantised.tokens {
            for group in 0..<quantised.groups {
                let sum = (0..<32).reduce(0) {
                    $0 + quantised.integer(token: token, column: group * 32 + $1)
                }
                #expect(Int(quantised.sums[token * quantised.groups + group]) == sum)
            }
        }
    }

    @Test("A low byte of −128 becomes −127 and nothing else moves")
    func lowByte() throws {
        let group = try #require(Extreme.finite.first { $0.name.hasPrefix("low byte") }).group
        let quantised = KernelSet.portable.quantize([group])
        #expect(quantised.scales == [1])
        for (column, x) in group.enumerated() {
            let exact = Int(x)
            let expected = (exact + 128).isMultiple(of: 256) ? exact + 1 : exact
            #expect(quantised.integer(token: 0, column: column) == expected)
        }
    }

    @Test("Dequantising a row is exact", arguments: KernelSet.all, Q8Matrix.Kind.allCases)
    func dequantize(set: KernelSet, kind: Q8Matrix.Kind) {
        var random = SeededGenerator(seed: 2)
        let matrix = Q8Matrix(rows: 5, columns: 160, kind: kind, random: &random)
        let expected = (0..<5).flatMap { row in
            // A half has 11 bits and a weight 8: the product of the two fits a float.
            (0..<160).map { Float(matrix.value(row: row, column: $0)) }
        }
        #expect(set.dequantize(matrix) == expected)
    }
}
