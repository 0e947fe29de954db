import Foundation

/// A matrix of fp32 numbers, [rows][columns].
struct Matrix {
    let rows: Int
    let columns: Int
    var values: [Float]

    /// A matrix of zeros.
    init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        values = Array(repeating: 0, count: rows * columns)
    }

    /// Takes `values`, row after row.
    init(rows: Int, columns: Int, values: [Float]) {
        precondition(values.count == rows * columns, "\(rows) × \(columns) values")
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    subscript(row: Int, column: Int) -> Float {
        get { values[row * columns + column] }
        set { values[row * columns + column] = newValue }
    }

    /// [columns][rows].
    var transposed: Matrix {
        var result = Matrix(rows: columns, columns: rows)
        for row in 0..<rows {
            for column in 0..<columns { result[column, row] = self[row, column] }
        }
        return result
    }

    /// The matrix product, [rows][other's columns].
    func times(_ other: Matrix) -> Matrix {
        transposed.transposedTimes(other)
    }

    /// The product of this matrix's transpose with another matrix of as many rows, [columns][other's columns].
    func transposedTimes(_ other: Matrix) -> Matrix {
        var result = Matrix(rows: columns, columns: other.columns)
        result.addProduct(of: self, transposed: other)
        return result
    }

    /// Adds leftᵀ · right, of matrices of as many rows; several threads compute rows of the sum side by side.
    ///
    /// - Parameter upper: only what is on and above the diagonal is computed, as for a sum that is symmetric.
    mutating func addProduct(of left: Matrix, transposed right: Matrix, upper: Bool = false) {
        precondition(left.rows == right.rows && rows == left.columns && columns == right.columns)
        let (samples, width) = (left.rows, columns)
        // More stripes than threads: above a diagonal their work differs.
        let stripes = 4 * max(1, ProcessInfo.processInfo.activeProcessorCount)
        values.withUnsafeMutableBufferPointer { sum in
            left.values.withUnsafeBufferPointer { left in
                right.values.withUnsafeBufferPointer { right in
                    nonisolated(unsafe) let sum = sum
                    nonisolated(unsafe) let left = left
                    nonisolated(unsafe) let right = right
                    let rows = rows
                    DispatchQueue.concurrentPerform(iterations: stripes) { stripe in
                        // A row of the sum stays in the first-level cache while the samples stream by.
                        for i in rows * stripe / stripes..<rows * (stripe + 1) / stripes {
                            for sample in 0..<samples {
                                let factor = left[sample &* rows &+ i]
                                for j in (upper ? i : 0)..<width {
                                    sum[i &* width &+ j] += factor * right[sample &* width &+ j]
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
