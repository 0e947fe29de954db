import Benchmarking
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
