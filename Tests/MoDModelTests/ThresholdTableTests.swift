import MoDModel
import TestSupport
import Testing

@Suite("The threshold table")
struct ThresholdTableTests {
    private static func table(_ capacities: [Float], _ thresholds: [[Float]]) -> ThresholdTable? {
        let shares = thresholds.map { row in row.indices.map { Float($0) / Float(max(row.count - 1, 1)) } }
        return ThresholdTable(
            capacities: capacities, rows: zip(thresholds, shares).map { ThresholdTable.Row($0, share: $1) })
    }

    @Test("Exact on the grid, linear in between, −∞ when dense")
    func interpolation() throws {
        let table = try #require(Self.table([0, 0.25, 1], [[4, 2, -1], [1, 1, 1]]))
        func threshold(_ capacity: Double) throws -> Float {
            table.thresholds(block: 0, at: try #require(Capacity(capacity))).full
        }
        #expect(try threshold(0) == 4)
        #expect(try threshold(0.125) == 3)
        #expect(try threshold(0.25) == 2)
        #expect(try threshold(0.625) == 0.5)
        #expect(try threshold(1) == -.infinity)
        #expect(try threshold(1.0.nextDown) == -1)
        #expect(try table.thresholds(block: 1, at: #require(Capacity(0.7))) == Thresholds(1))
    }

    /// Between two points rounding may lose an ulp of the larger of them.
    @Test("Never rises with the capacity")
    func monotone() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<50 {
            let row = (0...16).map { _ in Float.random(in: -5...5, using: &random) }.sorted(by: >)
            let table = try #require(Self.table((0...16).map { Float($0) / 16 }, [row]))
            let thresholds = try (0...500).map {
                table.thresholds(block: 0, at: try #require(Capacity(Double($0) / 500))).full
            }
            #expect(zip(thresholds, thresholds.dropFirst()).allSatisfy { $1 <= $0 + 5 * .ulpOfOne })
            #expect(thresholds.dropLast().allSatisfy { row[16] - 5 * .ulpOfOne <= $0 && $0 <= row[0] })
        }
    }

    @Test("The largest thresholds can be interpolated")
    func largest() throws {
        let limit = Float(1e30).nextDown
        let table = try #require(Self.table([0, 1], [[limit, -limit]]))
        #expect(try table.thresholds(block: 0, at: #require(Capacity(0.5))).full == 0)
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
        #expect(Self.table(capacities, thresholds) == nil)
    }

    @Test(
        "Refuses shares that are none, and thin thresholds above the others",
        arguments: [
            ([2, 0], [1, 0], [0, 1], [0, 1], true),
            ([2, 0], [3, 0], [0, 1], [0, 1], false),
            ([2, 0], [1, 0], [0.5, 1], [0, 1], false),
            ([2, 0], [1, 0], [0.5, 0.4], [0.6, 1], false),
            ([2, 0], [1, 0], [0, 1], [0, 1.1], false),
            ([2, 0], [1, 0], [0, .nan], [0, 1], false),
            ([2, 0], [1, 0], [0, 1], [0], false),
        ] as [([Float], [Float], [Float], [Float], Bool)])
    func graded(full: [Float], thin: [Float], fullShare: [Float], processedShare: [Float], isTable: Bool) {
        let row = ThresholdTable.Row(
            full: full, thin: thin, fullShare: fullShare, processedShare: processedShare)
        #expect((ThresholdTable(capacities: [0, 1], rows: [row]) != nil) == isTable)
    }
}
