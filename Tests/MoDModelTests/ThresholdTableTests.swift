import MoDModel
import TestSupport
import Testing

@Suite("The threshold table")
struct ThresholdTableTests {
    @Test("Exact on the grid, linear in between, −∞ when dense")
    func interpolation() throws {
        let table = try #require(
            ThresholdTable(capacities: [0, 0.25, 1], thresholds: [[4, 2, -1], [1, 1, 1]]))
        func threshold(_ capacity: Double) throws -> Float {
            table.threshold(block: 0, at: try #require(Capacity(capacity)))
        }
        #expect(try threshold(0) == 4)
        #expect(try threshold(0.125) == 3)
        #expect(try threshold(0.25) == 2)
        #expect(try threshold(0.625) == 0.5)
        #expect(try threshold(1) == -.infinity)
        #expect(try threshold(1.0.nextDown) == -1)
        #expect(try table.threshold(block: 1, at: #require(Capacity(0.7))) == 1)
    }

    /// Between two points rounding may lose an ulp of the larger of them.
    @Test("Never rises with the capacity")
    func monotone() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<50 {
            let row = (0...16).map { _ in Float.random(in: -5...5, using: &random) }.sorted(by: >)
            let table = try #require(
                ThresholdTable(capacities: (0...16).map { Float($0) / 16 }, thresholds: [row]))
            let thresholds = try (0...500).map {
                table.threshold(block: 0, at: try #require(Capacity(Double($0) / 500)))
            }
            #expect(zip(thresholds, thresholds.dropFirst()).allSatisfy { $1 <= $0 + 5 * .ulpOfOne })
            #expect(thresholds.dropLast().allSatisfy { row[16] - 5 * .ulpOfOne <= $0 && $0 <= row[0] })
        }
    }

    @Test("The largest thresholds can be interpolated")
    func largest() throws {
        let limit = Float(1e30).nextDown
        let table = try #require(ThresholdTable(capacities: [0, 1], thresholds: [[limit, -limit]]))
        #expect(try table.threshold(block: 0, at: #require(Capacity(0.5))) == 0)
    }

    @Test(
        "Refuses what is no table",
        arguments: [
            ([], [[]]),
            ([0], [[1]]),
            ([0, 0.5], [[1, 0]]),
            ([0.1, 1], [[1, 0]]),
            ([0, 0.5, 0.5, 1], [[3, 2, 1, 0]]),
            ([0, 0.6, 0.5, 1], [[3, 2, 1, 0]]),
            ([0, .nan, 1], [[3, 2, 1]]),
            ([0, 1], [[1]]),
            ([0, 1], [[1, 0], [1, 0, 0]]),
            ([0, 1], [[0, 1]]),
            ([0, 1], [[1, .nan]]),
            ([0, 1], [[.infinity, 0]]),
            ([0, 1], [[0, -.infinity]]),
            ([0, 1], [[1e30, 0]]),
            ([0, 1], [[0, -1e30]]),
        ] as [([Float], [[Float]])])
    func refusals(capacities: [Float], thresholds: [[Float]]) {
        #expect(ThresholdTable(capacities: capacities, thresholds: thresholds) == nil)
    }
}
