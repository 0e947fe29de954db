import Benchmarking
import Testing

/// How the benchmark makes one figure of many.
@Suite("Figures of several rounds")
struct SamplesTests {
    @Test(
        "The median is the middle one, of an even number the mean of the middle two, in whatever order they came",
        arguments: [
            ([3], 3), ([2, 1], 1.5), ([9, 1, 2], 2), ([8, 1, 100, 2], 5), ([5, 4, 1, 1000, 2], 4),
        ] as [([Double], Double)])
    func median(values: [Double], median: Double) {
        let samples = Samples(values)
        #expect(samples.median == median)
        #expect(samples.values == values, "rounds keep their places")
    }

    @Test("There is none before the first round")
    func empty() {
        #expect(Samples([]).median.isNaN)
        #expect(Samples([]).ratio(to: Samples([])).isNaN)
    }

    @Test("A ratio is the median of the rounds' own, not the ratio of medians")
    func ratio() {
        // The machine was ten times as slow in the second round, and the first side half as slow in the third.
        let first = Samples([200, 20, 100])
        let second = Samples([100, 10, 100])
        #expect(first.ratio(to: second) == 2)
        #expect(first.median / second.median == 1)
        #expect(second.ratio(to: first) == 0.5)
        #expect(Samples([1, 6]).ratio(to: Samples([1, 2])) == 2, "the mean of 1 and 3")
    }
}
