/// Least squares with a ridge for one or several targets of the same inputs: the w and b of each target that minimise
/// Σ (w·x + b − y)² + λ|w|², from sums over the samples.
package struct RidgeRegression {
    private let inputs: Int
    private let targets: Int
    /// Upper triangle of Σ z zᵀ with z = (x, 1).
    private var squares: Matrix
    /// [inputs + 1][targets]: Σ z yᵀ.
    private var products: Matrix

    /// - Parameters:
    ///   - inputs: the length of x.
    ///   - targets: how many y there are for an x.
    package init(inputs: Int, targets: Int = 1) {
        self.inputs = inputs
        self.targets = targets
        squares = Matrix(rows: inputs + 1, columns: inputs + 1)
        products = Matrix(rows: inputs + 1, columns: targets)
    }

    /// Adds samples.
    ///
    /// - Parameters:
    ///   - rows: [samples][inputs + 1], the last column 1.
    ///   - targets: [samples][targets].
    package mutating func add(rows: [Float], targets values: [Float]) {
        let samples = rows.count / (inputs + 1)
        let left = Matrix(rows: samples, columns: inputs + 1, values: rows)
        squares.addProduct(of: left, transposed: left, upper: true)
        products.addProduct(
            of: left, transposed: Matrix(rows: samples, columns: targets, values: values))
    }

    /// Solves by Cholesky's factorisation, in double precision.
    ///
    /// - Parameter ridge: λ in units of Σ x², the mean over the inputs.
    /// - Returns: [targets][inputs] the weights, and [targets] the biases.
    package func solve(ridge: Double) -> (weights: [Float], biases: [Float]) {
        let width = inputs + 1
        var system = squares.values.map(Double.init)
        let trace = (0..<inputs).reduce(0.0) { $0 + system[$1 * width + $1] }
        let lift = ridge * trace / Double(inputs) + 1e-9
        for i in 0..<inputs {
            system[i * width + i] += lift
        }
        system[inputs * width + inputs] += 1e-9
        let solution = CholeskyFactor(system, width: width)
            .solve(products.values.map(Double.init), columns: targets).map { Float($0) }
        let weights = (0..<targets).flatMap { target in
            (0..<inputs).map { solution[$0 * targets + target] }
        }
        return (weights, Array(solution.suffix(targets)))
    }
}
