/// Least squares with a ridge: the w and b that minimise Σ (w·x + b − y)² + λ|w|², from sums over the
/// samples.
package struct RidgeRegression {
    private let inputs: Int
    /// Upper triangle of Σ z zᵀ with z = (x, 1).
    private var squares: Matrix
    /// Σ z y.
    private var products: [Float]

    /// `inputs` is the length of x.
    package init(inputs: Int) {
        self.inputs = inputs
        squares = Matrix(rows: inputs + 1, columns: inputs + 1)
        products = Array(repeating: 0, count: inputs + 1)
    }

    /// Adds samples: `rows` is [targets.count][inputs + 1], the last column 1.
    package mutating func add(rows: [Float], targets: [Float]) {
        let width = inputs + 1
        let samples = Matrix(rows: targets.count, columns: width, values: rows)
        squares.addProduct(of: samples, transposed: samples, upper: true)
        for sample in targets.indices {
            for i in 0..<width {
                products[i] += targets[sample] * rows[sample * width + i]
            }
        }
    }

    /// Solves by Cholesky's factorisation, in double precision. `ridge` is λ in units of Σ x², the mean over
    /// the inputs.
    package func solve(ridge: Double) -> (weights: [Float], bias: Float) {
        let width = inputs + 1
        var system = squares.values.map(Double.init)
        let trace = (0..<inputs).reduce(0.0) { $0 + system[$1 * width + $1] }
        let lift = ridge * trace / Double(inputs) + 1e-9
        for i in 0..<inputs {
            system[i * width + i] += lift
        }
        system[inputs * width + inputs] += 1e-9
        let solution = CholeskyFactor(system, width: width).solve(products.map(Double.init), columns: 1)
        return (solution[..<inputs].map { Float($0) }, Float(solution[inputs]))
    }
}
