/// Least squares with a ridge: the w and b that minimise Σ (w·x + b − y)² + λ|w|², from sums over the
/// samples.
package struct RidgeRegression {
    private let inputs: Int
    /// Upper triangle of Σ z zᵀ with z = (x, 1), row after row of `inputs + 1`.
    private var squares: [Float]
    /// Σ z y.
    private var products: [Float]

    /// `inputs` is the length of x.
    package init(inputs: Int) {
        self.inputs = inputs
        squares = Array(repeating: 0, count: (inputs + 1) * (inputs + 1))
        products = Array(repeating: 0, count: inputs + 1)
    }

    /// Adds samples: `rows` is [targets.count][inputs + 1], the last column 1.
    package mutating func add(rows: [Float], targets: [Float]) {
        let width = inputs + 1
        precondition(rows.count == targets.count * width, "a row of \(width) for each target")
        rows.withUnsafeBufferPointer { rows in
            squares.withUnsafeMutableBufferPointer { squares in
                // One row of the triangle stays in the first-level cache while the samples stream by.
                for i in 0..<width {
                    for sample in 0..<targets.count {
                        let factor = rows[sample &* width &+ i]
                        for j in i..<width {
                            squares[i &* width &+ j] += factor * rows[sample &* width &+ j]
                        }
                    }
                }
            }
            for sample in targets.indices {
                for i in 0..<width {
                    products[i] += targets[sample] * rows[sample * width + i]
                }
            }
        }
    }

    /// Solves by Cholesky's factorisation, in double precision. `ridge` is λ in units of Σ x², the mean over
    /// the inputs.
    package func solve(ridge: Double) -> (weights: [Float], bias: Float) {
        let width = inputs + 1
        var factor = squares.map(Double.init)
        let trace = (0..<inputs).reduce(0.0) { $0 + factor[$1 * width + $1] }
        let lift = ridge * trace / Double(inputs) + 1e-9
        for i in 0..<inputs {
            factor[i * width + i] += lift
        }
        factor[inputs * width + inputs] += 1e-9
        // Upper factor in place: A = Rᵀ R.
        for i in 0..<width {
            for k in 0..<i {
                let head = factor[k * width + i]
                for j in i..<width {
                    factor[i * width + j] -= head * factor[k * width + j]
                }
            }
            let root = max(factor[i * width + i], 1e-12).squareRoot()
            for j in i..<width {
                factor[i * width + j] /= root
            }
        }
        var solution = products.map(Double.init)
        for i in 0..<width {
            for k in 0..<i {
                solution[i] -= factor[k * width + i] * solution[k]
            }
            solution[i] /= factor[i * width + i]
        }
        for i in stride(from: width - 1, through: 0, by: -1) {
            for k in i + 1..<width {
                solution[i] -= factor[i * width + k] * solution[k]
            }
            solution[i] /= factor[i * width + i]
        }
        return (solution[..<inputs].map { Float($0) }, Float(solution[inputs]))
    }
}
