import CInt8Kernels
import TestSupport

/// A Q8_0 matrix made by hand, with the numbers it stands for.
struct Q8Matrix {
    let rows: Int
    let columns: Int
    private(set) var bytes: [UInt8] = []
    /// [rows][columns / 32] fp16 scales.
    private(set) var scales: [UInt16] = []
    /// [rows][columns].
    private(set) var values: [Int8] = []

    var rowBytes: Int { columns / Int(INT8_GROUP) * Int(INT8_WEIGHT_GROUP_BYTES) }

    /// What the weights are like.
    enum Kind: CaseIterable {
        case random
        /// −128 and 127 only: the greatest sums there are, and the value without a negative.
        case extreme
        /// Scales that are zero, subnormal, negative and the largest half.
        case oddScales
    }

    init(rows: Int, columns: Int, kind: Kind, random: inout SeededGenerator) {
        self.rows = rows
        self.columns = columns
        for _ in 0..<rows * columns / Int(INT8_GROUP) {
            let scale: UInt16 =
                switch kind {
                case .random, .extreme: UInt16.random(in: 0x1000...0x2fff, using: &random)
                case .oddScales: [0, 1, 0x3ff, 0x8001, 0xa345, 0x7bff].randomElement(using: &random) ?? 0
                }
            let group = (0..<Int(INT8_GROUP)).map { _ in
                kind == .extreme
                    ? (Bool.random(using: &random) ? -128 : 127) : Int8.random(in: -128...127, using: &random)
            }
            scales.append(scale)
            values += group
            bytes += [UInt8(scale & 0xff), UInt8(scale >> 8)] + group.map(UInt8.init(bitPattern:))
        }
    }

    /// The first columns of every row, as a matrix of their own.
    init(first count: Int, of matrix: Q8Matrix) {
        rows = matrix.rows
        columns = count
        for row in 0..<rows {
            let byte = row * matrix.rowBytes
            bytes += matrix.bytes[byte..<byte + rowBytes]
            let scale = row * matrix.columns / Int(INT8_GROUP)
            scales += matrix.scales[scale..<scale + count / Int(INT8_GROUP)]
            values += matrix.values[row * matrix.columns..<row * matrix.columns + count]
        }
    }

    func value(row: Int, column: Int) -> Double {
        let scale = Half.value(scales[(row * columns + column) / Int(INT8_GROUP)])
        return scale * Double(values[row * columns + column])
    }
}
