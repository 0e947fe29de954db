import ModelWorkshop
import TestSupport
import Testing

@Suite("Ridge regression")
struct RidgeRegressionTests {
    /// [samples][inputs], and what to predict from each.
    struct Samples {
        var rows: [[Float]]
        var targets: [Float]

        /// w·x + b of random x, with noise of this size.
        init(count: Int, weights: [Float], bias: Float, noise: Float, seed: UInt64 = 1) {
            var random = SeededGenerator(seed: seed)
            rows = (0..<count).map { _ in
                weights.map { _ in Float.random(in: -1...1, using: &random) }
            }
            targets = rows.map { row in
                let error = noise == 0 ? 0 : Float.random(in: -noise...noise, using: &random)
                return zip(row, weights).reduce(bias) { $0 + $1.0 * $1.1 } + error
            }
        }

        /// Solved from the samples given in pieces.
        func solution(ridge: Double, pieces: Int = 1) -> (weights: [Float], bias: Float) {
            var regression = RidgeRegression(inputs: rows[0].count)
            let length = (rows.count + pieces - 1) / pieces
            for start in stride(from: 0, to: rows.count, by: length) {
                let piece = start..<min(start + length, rows.count)
                regression.add(rows: rows[piece].flatMap { $0 + [1] }, targets: Array(targets[piece]))
            }
            let (weights, biases) = regression.solve(ridge: ridge)
            return (weights, biases[0])
        }
    }

    private static let weights: [Float] = (0..<40).map { Float($0 % 7) - 3 }

    @Test("Finds the function that made the samples", arguments: [1, 3])
    func recovers(pieces: Int) {
        let samples = Samples(count: 2000, weights: Self.weights, bias: 0.75, noise: 0)
        let (weights, bias) = samples.solution(ridge: 1e-9, pieces: pieces)
        #expect(zip(weights, Self.weights).allSatisfy { ($0 - $1).magnitude < 1e-4 })
        #expect((bias - 0.75).magnitude < 1e-4)
    }

    /// A weight's standard error is noise / √(3·4000) · √3 ≈ 0.009; five of them are allowed.
    @Test("Finds it through noise")
    func noisy() {
        let samples = Samples(count: 4000, weights: Self.weights, bias: -2, noise: 1)
        let (weights, bias) = samples.solution(ridge: 1e-6)
        #expect(zip(weights, Self.weights).allSatisfy { ($0 - $1).magnitude < 0.08 })
        #expect((bias + 2).magnitude < 0.05)
    }

    @Test("Agrees with elimination in double precision", arguments: [1e-6, 0.01, 1.0])
    func naive(ridge: Double) {
        var samples = Samples(count: 500, weights: Self.weights, bias: 3, noise: 2, seed: 9)
        // Inputs that are far from centred and of different size.
        samples.rows = samples.rows.map { row in
            row.enumerated().map { $1 * Float(1 + $0 % 3) + Float($0 % 5) * 0.5 }
        }
        let (weights, bias) = samples.solution(ridge: ridge)
        let expected = Self.eliminated(samples, ridge: ridge)
        for (found, right) in zip(weights + [bias], expected) {
            #expect((Double(found) - right).magnitude < 1e-3 * max(1, right.magnitude))
        }
    }

    @Test("A column twice, a column of zeros, and too few samples give finite numbers that predict")
    func rankDeficient() {
        var samples = Samples(count: 20, weights: Self.weights, bias: 1, noise: 0)
        samples.rows = samples.rows.map { row in row + row + [0] }
        let (weights, bias) = samples.solution(ridge: 0.001)
        #expect(bias.isFinite && weights.allSatisfy { $0.isFinite })
        #expect(weights.last == 0)
        for (row, target) in zip(samples.rows, samples.targets) {
            let predicted = zip(row, weights).reduce(bias) { $0 + $1.0 * $1.1 }
            #expect((predicted - target).magnitude < 0.2)
        }
    }

    @Test("Without samples everything is zero")
    func empty() {
        let (weights, biases) = RidgeRegression(inputs: 3).solve(ridge: 0.01)
        #expect(weights == [0, 0, 0] && biases == [0])
    }

    @Test("Several targets of the same inputs are solved as each by itself")
    func severalTargets() {
        let samples = Samples(count: 300, weights: Self.weights, bias: 2, noise: 1)
        let rows: [Float] = samples.rows.flatMap { row in row + [Float(1)] }
        let others: [Float] = samples.targets.map { target in 3 - target * target }
        var both = RidgeRegression(inputs: Self.weights.count, targets: 2)
        let targets: [Float] = zip(samples.targets, others).flatMap { pair in [pair.0, pair.1] }
        both.add(rows: rows, targets: targets)
        let (weights, biases) = both.solve(ridge: 0.01)
        for (target, values) in [samples.targets, others].enumerated() {
            var one = RidgeRegression(inputs: Self.weights.count)
            one.add(rows: rows, targets: values)
            let alone = one.solve(ridge: 0.01)
            #expect(Array(weights[target * 40..<(target + 1) * 40]) == alone.weights)
            #expect(biases[target] == alone.biases[0])
        }
    }

    /// The normal equations by Gauss–Jordan elimination with pivoting: w, then b.
    private static func eliminated(_ samples: Samples, ridge: Double) -> [Double] {
        let rows = samples.rows.map { $0.map(Double.init) + [1] }
        let width = rows[0].count
        var system = (0..<width).map { i in
            (0..<width).map { j in rows.reduce(0) { $0 + $1[i] * $1[j] } }
                + [zip(rows, samples.targets).reduce(0) { $0 + $1.0[i] * Double($1.1) }]
        }
        let mean = (0..<width - 1).reduce(0) { $0 + system[$1][$1] } / Double(width - 1)
        for i in 0..<width - 1 { system[i][i] += ridge * mean }
        for i in 0..<width {
            let pivot = (i..<width).max { system[$0][i].magnitude < system[$1][i].magnitude } ?? i
            system.swapAt(i, pivot)
            system[i] = system[i].map { $0 / system[i][i] }
            for k in 0..<width where k != i {
                system[k] = zip(system[k], system[i]).map { $0 - system[k][i] * $1 }
            }
        }
        return system.map { $0[width] }
    }
}
