import CInt8Kernels
import TestSupport

extension MatmulTests {
    /// What one product is asked to do.
    struct Shape: Sendable {
        var rows: Int
        var columns: Int
        var count: Int
        var stride: Int
        var gathers: Bool
        /// Columns of the matrix behind those that are multiplied.
        var skipped = 0
    }

    /// Every number of tokens with every remainder of rows, and a model's lengths.
    static let shapes: [Shape] = {
        var random = SeededGenerator(seed: 3)
        var shapes: [Shape] = []
        for count in 1...20 {
            for rows in [1, 7, 8, 9, 15, 16, 17, 23, 31, 32, 40, 47, 48, 65] {
                let columns = 32 * Int.random(in: 1...6, using: &random)
                shapes.append(
                    Shape(
                        rows: rows, columns: columns, count: count,
                        stride: rows + Int.random(in: 0...9, using: &random),
                        gathers: Bool.random(using: &random),
                        skipped: 32 * max(0, Int.random(in: -3...3, using: &random))))
            }
        }
        for columns in [32, 64, 96, 576, 800, 1536, 1568] {
            for count in [1, 2, 3, 4, 8, 13] {
                shapes.append(Shape(rows: 24, columns: columns, count: count, stride: 24, gathers: false))
                // More rows than a few tokens take at once.
                shapes.append(Shape(rows: 300, columns: columns, count: count, stride: 300, gathers: true))
                shapes.append(Shape(rows: 13, columns: columns, count: count, stride: 20, gathers: true))
                shapes.append(Shape(rows: 48, columns: columns, count: count, stride: 50, gathers: true))
                shapes.append(
                    Shape(
                        rows: 300, columns: columns, count: count, stride: 300, gathers: true,
                        skipped: columns))
            }
        }
        return shapes
    }()

    /// A product's factors; the tokens gathered are some of more, in no order.
    struct Factors {
        let matrix: Q8Matrix
        let activations: Activations
        let tokens: [UInt32]?

        init(_ shape: Shape, kind: Q8Matrix.Kind, random: inout SeededGenerator) {
            matrix = Q8Matrix(
                rows: shape.rows, columns: shape.columns + shape.skipped, kind: kind, random: &random)
            let tokenCount = shape.gathers ? shape.count + 5 : shape.count
            var rows = (0..<tokenCount).map { _ in random.floats(shape.columns) }
            if kind == .extreme {
                // ±1 everywhere makes ±127 in the high plane: with it the greatest sums there are.
                rows[0] = (0..<shape.columns).map { _ in Bool.random(using: &random) ? 1 : -1 }
                rows[tokenCount - 1] = Array(repeating: -1, count: shape.columns)
            }
            activations = KernelSet.portable.quantize(rows)
            let shuffled = (0..<UInt32(tokenCount)).shuffled(using: &random)
            tokens = shape.gathers ? Array(shuffled.prefix(shape.count)) : nil
        }

        /// All tokens there are, in order, unless others are named.
        init(matrix: Q8Matrix, activations: Activations, tokens: [UInt32]? = nil) {
            (self.matrix, self.activations, self.tokens) = (matrix, activations, tokens)
        }
    }
}

extension MatmulTests.Factors {
    /// ⟨row, token⟩ and the sum of its groups' magnitudes, in double precision.
    func exact(row: Int, token: Int) -> (sum: Double, magnitude: Double) {
        var sum = 0.0
        var magnitude = 0.0
        for group in 0..<activations.groups {
            let columns = group * 32..<group * 32 + 32
            let scale = Double(activations.scale(token: token, column: columns.lowerBound))
            let part = columns.reduce(0) {
                $0 + matrix.value(row: row, column: $1) * scale
                    * Double(activations.integer(token: token, column: $1))
            }
            sum += part
            magnitude += part.magnitude
        }
        return (sum, magnitude)
    }
}

extension Float {
    /// What an output holds before a kernel writes it.
    static let untouched: Float = -12345.678
}

extension KernelSet {
    func multiply(_ factors: MatmulTests.Factors, _ shape: MatmulTests.Shape) -> [Float] {
        multiply(factors, shape, tokens: factors.tokens, count: shape.count)
    }

    func multiply(
        _ factors: MatmulTests.Factors, _ shape: MatmulTests.Shape, tokens: [UInt32]?, count: Int
    ) -> [Float] {
        var out = [Float](repeating: .untouched, count: count * shape.stride)
        run(factors, shape, rows: 0..<shape.rows, tokens: tokens, count: count, into: &out)
        return out
    }

    /// Some of the matrix's rows only, as one thread does.
    func multiply(
        _ factors: MatmulTests.Factors, _ shape: MatmulTests.Shape, rows: Range<Int>, into out: inout [Float]
    ) {
        run(factors, shape, rows: rows, tokens: factors.tokens, count: shape.count, into: &out)
    }

    private func run(
        _ factors: MatmulTests.Factors, _ shape: MatmulTests.Shape, rows: Range<Int>, tokens: [UInt32]?,
        count: Int, into out: inout [Float]
    ) {
        let scratch = UnsafeMutableRawPointer.allocate(
            byteCount: int8_scratch_bytes(shape.columns), alignment: 64)
        defer { scratch.deallocate() }
        var activations = factors.activations
        activations.withView { view in
            out.withUnsafeMutableBufferPointer { out in
                factors.matrix.bytes.withUnsafeBytes { bytes in
                    guard let weights = bytes.baseAddress, let target = out.baseAddress else { return }
                    let first = weights + rows.lowerBound * factors.matrix.rowBytes
                    let place = target + rows.lowerBound
                    let rowBytes = factors.matrix.rowBytes
                    if let tokens {
                        kernels.matmul(
                            first, rowBytes, rows.count, shape.columns, &view, tokens, count, place,
                            shape.stride, scratch, bytes.baseAddress)
                    } else {
                        kernels.matmul(
                            first, rowBytes, rows.count, shape.columns, &view, nil, count, place,
                            shape.stride, scratch, nil)
                    }
                }
            }
        }
    }
}
