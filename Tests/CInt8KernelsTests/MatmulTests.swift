import CInt8Kernels
import TestSupport
import Testing

@Suite("Multiplying int8 matrices")
struct MatmulTests {
    @Test("Every set gives the same bits", arguments: KernelSet.all, Q8Matrix.Kind.allCases)
    func identity(set: KernelSet, kind: Q8Matrix.Kind) {
        var random = SeededGenerator(seed: 4)
        for shape in Self.shapes {
            let factors = Factors(shape, kind: kind, random: &random)
            let expected = KernelSet.portable.multiply(factors, shape)
            #expect(set.multiply(factors, shape).bits == expected.bits, "\(shape)")
        }
    }

    @Test("A batch is the same as one token at a time", arguments: KernelSet.all)
    func batches(set: KernelSet) {
        var random = SeededGenerator(seed: 5)
        for shape in Self.shapes {
            let factors = Factors(shape, kind: .random, random: &random)
            let whole = set.multiply(factors, shape)
            for i in 0..<shape.count {
                let token = factors.tokens?[i] ?? UInt32(i)
                let one = set.multiply(factors, shape, tokens: [token], count: 1)
                let row = whole[i * shape.stride..<i * shape.stride + shape.rows]
                #expect(Array(row).bits == Array(one.prefix(shape.rows)).bits, "\(shape), token \(i)")
            }
        }
    }

    @Test("The first columns of a matrix are the same as a matrix of their own", arguments: KernelSet.all)
    func firstColumns(set: KernelSet) {
        var random = SeededGenerator(seed: 10)
        for shape in Self.shapes where shape.skipped > 0 {
            let factors = Factors(shape, kind: .random, random: &random)
            let alone = Factors(
                matrix: Q8Matrix(first: shape.columns, of: factors.matrix),
                activations: factors.activations, tokens: factors.tokens)
            let expected = KernelSet.portable.multiply(alone, shape)
            #expect(set.multiply(factors, shape).bits == expected.bits, "\(shape)")
        }
    }

    @Test("Rows partitioned among threads are the same as all at once", arguments: KernelSet.all)
    func partitionedRows(set: KernelSet) {
        var random = SeededGenerator(seed: 6)
        let shape = Shape(rows: 96, columns: 96, count: 7, stride: 96, gathers: true)
        let factors = Factors(shape, kind: .random, random: &random)
        let whole = set.multiply(factors, shape)
        for part in [0..<32, 32..<64, 32..<96, 64..<96] {
            var out = [Float](repeating: 0, count: whole.count)
            set.multiply(factors, shape, rows: part, into: &out)
            for i in 0..<shape.count {
                for r in part {
                    #expect(out[i * 96 + r].bitPattern == whole[i * 96 + r].bitPattern)
                }
            }
        }
    }

    @Test("No token at all", arguments: KernelSet.all)
    func nothing(set: KernelSet) {
        var random = SeededGenerator(seed: 7)
        let shape = Shape(rows: 64, columns: 64, count: 1, stride: 64, gathers: true)
        #expect(
            set.multiply(Factors(shape, kind: .random, random: &random), shape, tokens: [], count: 0).isEmpty)
    }

    @Test("Nothing is written between the rows")
    func gaps() {
        var random = SeededGenerator(seed: 8)
        for set in KernelSet.all {
            for shape in Self.shapes where shape.stride > shape.rows {
                let out = set.multiply(Factors(shape, kind: .random, random: &random), shape)
                for i in out.indices {
                    let isGap = i % shape.stride >= shape.rows
                    #expect((out[i] == Float.untouched) == isGap, "\(set.name), \(shape), place \(i)")
                }
            }
        }
    }

    /// A group's sum is an exact integer; rounding it, its scale, the product and the running sum costs at most
    /// 2⁻²⁴ each, of numbers no larger than the sum of all groups' magnitudes.
    @Test("The product is right", arguments: Q8Matrix.Kind.allCases)
    func correctness(kind: Q8Matrix.Kind) {
        var random = SeededGenerator(seed: 9)
        for shape in Self.shapes {
            let factors = Factors(shape, kind: kind, random: &random)
            let out = KernelSet.portable.multiply(factors, shape)
            for i in 0..<shape.count {
                let token = Int(factors.tokens?[i] ?? UInt32(i))
                for row in 0..<shape.rows {
                    let (exact, magnitude) = factors.exact(row: row, token: token)
                    let bound = Double(factors.activations.groups + 3) * 0x1p-24 * magnitude
                    let off = (Double(out[i * shape.stride + row]) - exact).magnitude
                    #expect(off <= bound, "\(shape), row \(row), token \(token)")
                }
            }
        }
    }
}
