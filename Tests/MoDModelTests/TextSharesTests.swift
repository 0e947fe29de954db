import MoDModel
import TestSupport
import Testing

@Suite("What a text makes of the table's shares")
struct TextSharesTests {
    private static let blocks = 8

    /// Scores that lie higher than calibrated at the first half of the blocks, and lower at the others.
    private static func uneven(_ count: Int) -> [[Float]] {
        (0..<blocks).map { block in
            let source: ScoreSource = block < blocks / 2 ? .higher : .lower
            return source.scores(count, seed: UInt64(block) + 1)
        }
    }

    private func works(_ decisions: [[RoutingDecision]], _ bench: RouterBench, from first: Int) -> [Double] {
        decisions.map { $0[first...].reduce(0) { $0 + bench.work($1) } / Double($0.count - first) }
    }

    @Test(
        "Held gives the blocks what their scores ask for on this text, and all of them together what is asked",
        arguments: [Float(1), 0.625], [0.25, 0.5, 0.8])
    func uneven(thinWork: Float, capacity: Double) throws {
        let bench = try RouterBench(blocks: Self.blocks, thinWork: thinWork, contextLength: 3000)
        bench.router.adopt(.held, capacity: try #require(Capacity(capacity)))
        let decisions = bench.decide(Self.uneven(3000), chunks: [128])
        // As calibrated at first: nothing is known of the text.
        let early = decisions.map { block in block[64..<192].reduce(0) { $0 + bench.work($1) } / 128 }
        #expect(early.allSatisfy { ($0 - capacity).magnitude < 0.13 }, "\(early)")
        let late = works(decisions, bench, from: 1000)
        #expect((late.reduce(0, +) / Double(Self.blocks) - capacity).magnitude < 0.01)
        let (high, low) = (late.prefix(Self.blocks / 2), late.suffix(Self.blocks / 2))
        // The table's own thresholds, at the capacity that comes to the same work, give the same difference.
        #expect(high.min()! > capacity + 0.13 && low.max()! < capacity - 0.13, "\(late)")
        let table = try RouterBench(blocks: Self.blocks, thinWork: thinWork, contextLength: 3000)
        let same = try #require(
            (0...160).compactMap { Capacity(Double($0) / 160) }.min { one, other in
                func error(_ capacity: Capacity) -> Double {
                    table.router.adopt(.table, capacity: capacity)
                    let works = works(table.decide(Self.uneven(3000), chunks: [128]), table, from: 1000)
                    return
                        (works.reduce(0, +) / Double(Self.blocks) - late.reduce(0, +) / Double(Self.blocks))
                        .magnitude
                }
                return error(one) < error(other)
            })
        table.router.adopt(.table, capacity: same)
        let natural = works(table.decide(Self.uneven(3000), chunks: [128]), table, from: 1000)
        for (one, other) in zip(late, natural) {
            #expect((one - other).magnitude < 0.04, "\(late) \(natural)")
        }
    }

    @Test(
        "The shares told come to the capacity exactly, whatever the scores", arguments: ScoreSource.allCases)
    func sum(source: ScoreSource) throws {
        let bench = try RouterBench(blocks: 3, thinWork: 0.625, contextLength: 1000)
        let text = try TextShares(table: bench.table, thinWork: 0.625, contextLength: 1000)
        for block in 0..<3 {
            for (position, score) in source.scores(900, seed: UInt64(block)).enumerated() {
                text.note(position < 4 ? nil : block == 1 ? -score : score, block: block, position: position)
            }
        }
        text.close(before: 900)
        for step in 0...31 {
            let capacity = try #require(Capacity(Double(step) / 32))
            var told: [BlockShares] = []
            text.balance(capacity, epoch: 14) { block, shares in
                #expect(block == told.count)
                told.append(shares)
            }
            try #require(told.count == 3)
            #expect(told.allSatisfy { 0 <= $0.full && $0.full <= $0.processed && $0.processed <= 1 })
            let work = told.reduce(0) { $0 + $1.full + 0.625 * ($1.processed - $1.full) } / 3
            #expect((work - Float(capacity.value)).magnitude < 1e-5)
        }
    }

    @Test(
        "All and none are kept, nonsense counts at capacity 1 only, and a table need not say what capacity 1 is"
    )
    func ends() throws {
        // Three blocks: one that ends short of all, one flat at all, one flat at none.
        let shares: [[Float]] = [[0, 0.5, 0.9], [1, 1, 1], [0, 0, 0]]
        let table = try #require(
            ThresholdTable(
                capacities: [0, 0.5, 1],
                rows: shares.map { ThresholdTable.Row([1, 0, -1], share: $0) }))
        let text = try TextShares(table: table, thinWork: 1, contextLength: 2000)
        var random = SeededGenerator(seed: 5)
        for position in 0..<1999 {
            for block in 0..<3 {
                let score = Float.random(in: -2...2, using: &random)
                text.note(position % 9 == 0 ? .nan : score, block: block, position: position)
            }
        }
        text.close(before: 1999)
        for step in 11..<32 {
            var told: [BlockShares] = []
            text.balance(try #require(Capacity(Double(step) / 32)), epoch: 33) { told.append($1) }
            try #require(told.count == 3)
            #expect(told[1].full == 1, "the second block's share does not fall below 1 by rounding")
            #expect((told.reduce(0) { $0 + $1.full } / 3 - Float(step) / 32).magnitude < 1e-5)
        }
    }

    @Test("Nothing is told of a text of which nothing is known, nor from the chunk's own epochs")
    func unknown() throws {
        let bench = try RouterBench(blocks: 1, contextLength: 1000)
        let text = try TextShares(table: bench.table, thinWork: 1, contextLength: 1000)
        func isTold(_ epoch: Int) throws -> Bool {
            var told = false
            text.balance(try #require(Capacity(0.5)), epoch: epoch) { _, _ in told = true }
            return told
        }
        text.close(before: 0)
        #expect(try !isTold(0) && !isTold(5))
        // Tokens without scores, as at capacity 1, say nothing.
        for position in 0..<200 { text.note(nil, block: 0, position: position) }
        text.close(before: 200)
        #expect(try !isTold(5))
        text.close(before: 0)
        for position in 0..<200 { text.note(0.3, block: 0, position: position) }
        text.close(before: 200)
        #expect(try !isTold(2) && isTold(3))
    }
}
