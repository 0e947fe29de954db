/// The upper factor R of a symmetric matrix A = Rᵀ R that is positive definite, in double precision.
struct CholeskyFactor {
    private let width: Int
    /// [width][width], of which the upper triangle counts.
    private var factor: [Double]

    /// Factorises a matrix, [width][width], of which only the upper triangle is read. What is not positive definite is
    /// taken for the nearest that is.
    init(_ matrix: [Double], width: Int) {
        self.width = width
        factor = matrix
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
    }

    /// X with A · X = `right`, both [width][columns].
    func solve(_ right: [Double], columns: Int) -> [Double] {
        precondition(right.count == width * columns)
        var solution = right
        let width = width
        solution.withUnsafeMutableBufferPointer { solution in
            factor.withUnsafeBufferPointer { factor in
                func subtract(_ head: Double, row k: Int, from i: Int) {
                    for j in 0..<columns {
                        solution[i &* columns &+ j] -= head * solution[k &* columns &+ j]
                    }
                }
                func divide(_ i: Int) {
                    let root = factor[i &* width &+ i]
                    for j in 0..<columns { solution[i &* columns &+ j] /= root }
                }
                for i in 0..<width {
                    for k in 0..<i { subtract(factor[k &* width &+ i], row: k, from: i) }
                    divide(i)
                }
                for i in stride(from: width - 1, through: 0, by: -1) {
                    for k in i + 1..<width { subtract(factor[i &* width &+ k], row: k, from: i) }
                    divide(i)
                }
            }
        }
        return solution
    }
}
