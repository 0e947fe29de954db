/// Least squares with a ridge for several targets of the same inputs: the w and b of each target that minimise
/// Σ (w·x + b − y)² + λ|w|².
struct GateRegression {
    private let inputs: Int
    private let targets: Int
    /// Upper triangle of Σ z zᵀ with z = (x, 1), row after row of `inputs + 1`.
    private var squares: [Float]
    /// [targets][inputs + 1]: Σ z y.
    private var products: [Float]

    /// - Parameters:
    ///   - inputs: the length of x.
    ///   - targets: how many y there are for an x.
    init(inputs: Int, targets: Int) {
        self.inputs = inputs
        self.targets = targets
        squares = Array(repeating: 0, count: (inputs + 1) * (inputs + 1))
        products = Array(repeating: 0, count: targets * (inputs + 1))
    }

    /// Adds samples.
    ///
    /// - Parameters:
    ///   - rows: [samples][inputs + 1], the last column 1.
    ///   - values: [samples][targets].
    mutating func add(rows: [Float], values: [Float]) {
        let (width, targets) = (inputs + 1, targets)
        let samples = rows.count / width
        precondition(values.count == samples * targets, "\(targets) values for each row of \(width)")
        rows.withUnsafeBufferPointer { rows in
            squares.withUnsafeMutableBufferPointer { squares in
                // One row of the triangle stays in the first-level cache while the samples stream by.
                for i in 0..<width {
                    for sample in 0..<samples {
                        let factor = rows[sample &* width &+ i]
                        for j in i..<width {
                            squares[i &* width &+ j] += factor * rows[sample &* width &+ j]
                        }
                    }
                }
            }
            products.withUnsafeMutableBufferPointer { products in
                for sample in 0..<samples {
                    for target in 0..<targets {
                        let value = values[sample &* targets &+ target]
                        for i in 0..<width {
                            products[target &* width &+ i] += value * rows[sample &* width &+ i]
                        }
                    }
                }
            }
        }
    }

    /// Solves by Cholesky's factorisation, in double precision.
    ///
    /// - Parameter ridge: λ in units of Σ x², the mean over the inputs.
    /// - Returns: [targets][inputs] the weights, and [targets] the biases.
    func solve(ridge: Double) -> (weights: [Float], biases: [Float]) {
        let width = inputs + 1
        var factor = squares.map(Double.init)
        let trace = (0..<inputs).reduce(0.0) { $0 + factor[$1 * width + $1] }
        let lift = ridge * trace / Double(inputs) + 1e-9
        for i in 0..<inputs { factor[i * width + i] += lift }
        factor[inputs * width + inputs] += 1e-9
        // Upper factor in place, row after row: A = Rᵀ R.
        factor.withUnsafeMutableBufferPointer { factor in
            for i in 0..<width {
                for k in 0..<i {
                    let head = factor[k &* width &+ i]
                    for j in i..<width { factor[i &* width &+ j] -= head * factor[k &* width &+ j] }
                }
                let root = max(factor[i &* width &+ i], 1e-12).squareRoot()
                for j in i..<width { factor[i &* width &+ j] /= root }
            }
        }
        var weights: [Float] = []
        var biases: [Float] = []
        for target in 0..<targets {
            var solution = products[target * width..<(target + 1) * width].map(Double.init)
            for i in 0..<width {
                for k in 0..<i { solution[i] -= factor[k * width + i] * solution[k] }
                solution[i] /= factor[i * width + i]
            }
            for i in stride(from: width - 1, through: 0, by: -1) {
                for k in i + 1..<width { solution[i] -= factor[i * width + k] * solution[k] }
                solution[i] /= factor[i * width + i]
            }
            weights += solution[..<inputs].map { Float($0) }
            biases.append(Float(solution[inputs]))
        }
        return (weights, biases)
    }
}
