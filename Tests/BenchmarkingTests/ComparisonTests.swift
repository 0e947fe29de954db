import Benchmarking
import Foundation
import Testing

@Suite("Two ways side by side")
struct ComparisonTests {
    /// Hands out one value after the other.
    private final class Source {
        private var values: [[Double]]
        init(_ values: [[Double]]) { self.values = values }
        func next() -> [Double] { values.removeFirst() }
    }

    private struct Refusal: Error {}

    @Test("Each figure of both makes a pair, with the ratio of each turn")
    func pairs() async throws {
        let (first, second) = (
            Source([[200, 9], [20, 8], [100, 7]]), Source([[100, 3], [10, 4], [100, 7]])
        )
        let comparison = Comparison(
            [Comparison.Line("prefill", "prefill, A against B"), Comparison.Line("decode", "decode")],
            first: { first.next() }, second: { second.next() })
        #expect(comparison.measurement.entry == Schedule.Entry(sides: 2, repeats: 1))
        let schedule = Schedule(rounds: 3, entries: [comparison.measurement.entry])
        for step in schedule.rounds.joined() { try await comparison.measurement.measure(side: step.side) }
        let pairs = comparison.pairs
        #expect(pairs.map(\.key) == ["prefill", "decode"])
        #expect(pairs.map(\.label) == ["prefill, A against B", "decode"])
        #expect(pairs[0].pair == Pair(Samples([200, 20, 100]), over: Samples([100, 10, 100])))
        #expect(pairs[0].pair.first == 100 && pairs[0].pair.second == 100 && pairs[0].pair.ratio == 2)
        #expect(pairs[1].pair.first == 8 && pairs[1].pair.second == 4 && pairs[1].pair.ratio == 2)
    }

    @Test("A side that fails ends the measuring, and leaves no figure")
    func failure() async throws {
        let sides = SideBySide<Int>([{ 1 }, { throw Refusal() }], repeats: 2)
        #expect(sides.entry == Schedule.Entry(sides: 2, repeats: 2))
        try await sides.measure(side: 0)
        await #expect(throws: Refusal.self) { try await sides.measure(side: 1) }
        #expect(sides.figures == [[1], []])
    }
}

@Suite("Times of single tokens")
struct StepMillisecondsTests {
    /// Three policies, two rounds of 100 tokens: 1 to 100 ms, then 2 to 200; the others twice and three times as long.
    private var steps: StepMilliseconds {
        let round = (1...100).map { Double($0) / 1e3 }
        return StepMilliseconds(
            seconds: [1, 2, 3].map { factor in [1, 2].map { turn in round.map { $0 * factor * turn } } },
            tokens: 100)
    }

    @Test("Percentiles are the medians of the rounds' own")
    func percentiles() {
        let rows = steps.policies
        #expect(rows.map(\.policy) == ["held", "table", "budget"] && rows.map(\.window) == [nil, nil, 64])
        for (row, factor) in zip(rows, [1.0, 2, 3]) {
            #expect(abs(row.p50 - 75 * factor) < 1e-9)
            #expect(abs(row.p99 - 148.5 * factor) < 1e-9 && abs(row.max - 150 * factor) < 1e-9)
            #expect(row.counts.count == StepMilliseconds.binCount && row.counts.reduce(0, +) == 200)
        }
        #expect(steps.capacity == 0.5 && steps.binStart == 1)
    }

    @Test("In JSON a window is there for a budget only")
    func json() throws {
        let data = try JSONEncoder().encode(steps)
        let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(
            Set(object.keys) == ["capacity", "tokens", "binStart", "binWidth", "policies"])
        let rows = try #require(object["policies"] as? [[String: Any]])
        #expect(rows.map { $0["window"] as? Int } == [nil, nil, 64])
        #expect(rows.allSatisfy { ($0["counts"] as? [Int])?.count == StepMilliseconds.binCount })
    }

    @Test("As text each policy has a row, as long as the others")
    func text() {
        let text = steps.text
        #expect(text.count == 4 && text[0].contains("p50") && text[3].hasPrefix("budget of 64 tokens"))
        #expect(Set(text.dropFirst().map(\.count)).count == 1)
        #expect(text[1].contains("   75.000  148.500  150.000"))
        let signs = text[3].split(separator: "|").last ?? ""
        #expect(signs.count == StepMilliseconds.binCount && signs.contains("@"))
    }
}
