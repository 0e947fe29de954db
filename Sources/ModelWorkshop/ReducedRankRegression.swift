import MoDModel

/// Least squares with a ridge for vectors, by a map of a given rank: the A, B and b that minimise
/// Σ |B · (A · x) + b − y|² + λ|B · A|², from sums over the samples (reduced-rank regression, Izenman 1975,
/// doi:10.1016/0047-259X(75)90042-1).
package struct ReducedRankRegression {
    private let length: Int
    private var count = 0
    /// Σ x and Σ y.
    private var inputSums, outputSums: [Double]
    /// Upper triangle of Σ x xᵀ.
    private var squares: Matrix
    /// Σ x yᵀ, [inputs][outputs].
    private var products: Matrix

    /// Rounds of the search for the directions that outputs vary in: of those at the edge of the rank one is as good as
    /// another, so few are enough.
    private static let rounds = 8

    /// `length` is that of x and of y.
    package init(length: Int) {
        self.length = length
        inputSums = Array(repeating: 0, count: length)
        outputSums = inputSums
        squares = Matrix(rows: length, columns: length)
        products = squares
    }

    /// Adds samples, [samples][length] each.
    package mutating func add(inputs: [Float], outputs: [Float]) {
        let samples = inputs.count / length
        let left = Matrix(rows: samples, columns: length, values: inputs)
        let right = Matrix(rows: samples, columns: length, values: outputs)
        squares.addProduct(of: left, transposed: left, upper: true)
        products.addProduct(of: left, transposed: right)
        for place in inputs.indices {
            inputSums[place % length] += Double(inputs[place])
            outputSums[place % length] += Double(outputs[place])
        }
        count += samples
    }

    /// Solves for the best map of a rank, 1 to `length`. `ridge` is λ in units of the variance of x, the mean over the
    /// inputs, × the samples. Without samples it gives nothing for anything.
    package func solve(rank: Int, ridge: Double) -> StandIn {
        let number = Double(max(count, 1))
        let (inputMeans, outputMeans) = (inputSums.map { $0 / number }, outputSums.map { $0 / number })
        var system = squares.values.map(Double.init)
        var right = products.values.map(Double.init)
        for i in 0..<length {
            for j in 0..<length {
                system[i * length + j] -= inputSums[i] * inputMeans[j]
                right[i * length + j] -= inputSums[i] * outputMeans[j]
            }
        }
        let trace = (0..<length).reduce(0.0) { $0 + system[$1 * length + $1] }
        for i in 0..<length { system[i * length + i] += ridge * trace / Double(length) + 1e-9 }
        // The best map of full rank, [inputs][outputs], and the covariance of what it says, [outputs][outputs].
        let map = Matrix(
            rows: length, columns: length,
            values: CholeskyFactor(system, width: length).solve(right, columns: length).map { Float($0) })
        let said = Matrix(rows: length, columns: length, values: right.map { Float($0) })
            .transposedTimes(map)
        let directions = said.leadingDirections(rank, rounds: Self.rounds)
        let inner = map.times(directions)
        var bias = outputMeans
        for direction in 0..<rank {
            let mean = (0..<length).reduce(0.0) { $0 + inputMeans[$1] * Double(inner[$1, direction]) }
            for output in 0..<length { bias[output] -= mean * Double(directions[output, direction]) }
        }
        return StandIn(
            inner: inner.transposed.values, outer: directions.values, bias: bias.map { Float($0) })
    }
}

extension Matrix {
    /// Directions, [rows][count], at right angles to one another, that span nearly what the eigenvectors of the largest
    /// eigenvalues of a symmetric matrix do, none of which is negative (orthogonal iteration).
    func leadingDirections(_ count: Int, rounds: Int) -> Matrix {
        var random = SplitMix64(seed: 1)
        var found = Matrix(
            rows: rows, columns: count,
            values: (0..<rows * count).map { _ in Float.random(in: -1...1, using: &random) })
        for _ in 0..<rounds {
            found = transposedTimes(found).withOrthonormalColumns
        }
        return found
    }

    /// The columns, one after the other made to stand at right angles to those before it, of length 1; a column that is
    /// a sum of those before it becomes 0.
    var withOrthonormalColumns: Matrix {
        // Rows of the transpose lie in one piece.
        var vectors = transposed.values
        let (length, count) = (rows, columns)
        vectors.withUnsafeMutableBufferPointer { vectors in
            func product(_ a: Int, _ b: Int) -> Float {
                var sum: Float = 0
                for i in 0..<length { sum += vectors[a &* length &+ i] * vectors[b &* length &+ i] }
                return sum
            }
            for column in 0..<count {
                let before = product(column, column)
                // Twice: what rounding leaves of the first time is large where little is left of a column.
                for _ in 0..<2 {
                    for other in 0..<column {
                        let part = product(column, other)
                        for i in 0..<length {
                            vectors[column &* length &+ i] -= part * vectors[other &* length &+ i]
                        }
                    }
                }
                let left = product(column, column)
                let factor = left > 1e-10 * before ? 1 / left.squareRoot() : 0
                for i in 0..<length { vectors[column &* length &+ i] *= factor }
            }
        }
        return Matrix(rows: count, columns: length, values: vectors).transposed
    }
}
