import ModelWorkshop
import TestSupport
import Testing

@Suite("Reduced-rank regression")
struct ReducedRankRegressionTests {
    private static let length = 40

    /// [samples][length], evenly spread, with a mean of their own for each place.
    private func inputs(_ count: Int, seed: UInt64 = 1) -> [[Float]] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            (0..<Self.length).map { Float.random(in: -1...1, using: &random) + Float($0 % 3) }
        }
    }

    private func solution(_ inputs: [[Float]], _ outputs: [[Float]], rank: Int, pieces: Int = 1) -> StandIn {
        var regression = ReducedRankRegression(length: Self.length)
        let size = max((inputs.count + pieces - 1) / pieces, 1)
        for start in stride(from: 0, to: inputs.count, by: size) {
            let piece = start..<min(start + size, inputs.count)
            regression.add(inputs: Array(inputs[piece].joined()), outputs: Array(outputs[piece].joined()))
        }
        return regression.solve(rank: rank, ridge: 1e-7)
    }

    /// B · (A · x) + b in double precision.
    private func apply(_ map: StandIn, to x: [Float]) -> [Double] {
        func product(_ matrix: [Float], _ x: [Double]) -> [Double] {
            stride(from: 0, to: matrix.count, by: x.count).map { start in
                zip(matrix[start..<start + x.count], x).reduce(0) { $0 + Double($1.0) * $1.1 }
            }
        }
        return zip(product(map.outer, product(map.inner, x.map(Double.init))), map.bias).map {
            $0 + Double($1)
        }
    }

    @Test("Finds the map of low rank that made the samples", arguments: [1, 3])
    func recovers(pieces: Int) {
        var random = SeededGenerator(seed: 5)
        func matrix(_ count: Int) -> [Float] {
            (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
        }
        let truth = StandIn(
            inner: matrix(4 * Self.length), outer: matrix(4 * Self.length), bias: matrix(Self.length))
        let seen = inputs(400)
        let map = solution(
            seen, seen.map { apply(truth, to: $0).map { Float($0) } }, rank: 4, pieces: pieces)
        #expect(map.rank == 4)
        for x in inputs(20, seed: 2) {
            for (found, right) in zip(apply(map, to: x), apply(truth, to: x)) {
                #expect((found - right).magnitude < 2e-3, "\(found) for \(right)")
            }
        }
    }

    @Test("Keeps the directions in which outputs vary most, and of the others the mean")
    func strongest() {
        let seen = inputs(4000)
        // The first five places count ten times as much as the rest.
        let outputs = seen.map { x in x.enumerated().map { $1 * ($0 < 5 ? 10 : 1) } }
        let map = solution(seen, outputs, rank: 5)
        for x in inputs(20, seed: 3) {
            for (place, found) in apply(map, to: x).enumerated() {
                let right = place < 5 ? 10 * Double(x[place]) : Double(place % 3)
                #expect((found - right).magnitude < 0.5, "\(found) for \(right) at \(place)")
            }
        }
    }

    @Test("Without samples, and with the same one over and over, numbers are finite")
    func degenerate() {
        let nothing = ReducedRankRegression(length: 3).solve(rank: 2, ridge: 0.1)
        #expect(nothing.bias == [0, 0, 0] && apply(nothing, to: [1, 2, 3]) == [0, 0, 0])
        let one = [[Float]](repeating: Array(repeating: 2, count: Self.length), count: 9)
        let map = solution(one, one, rank: 8)
        #expect(apply(map, to: one[0]).allSatisfy { ($0 - 2).magnitude < 1e-3 })
    }
}
