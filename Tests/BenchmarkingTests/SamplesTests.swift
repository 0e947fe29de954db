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
        #expect(Samples([]).median.isNaN && Samples([]).percentile(0.5).isNaN)
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

    @Test("A percentile is the value that so large a share does not exceed")
    func percentile() {
        let hundred = Samples((1...100).map(Double.init).shuffled())
        #expect(hundred.percentile(0.5) == 50 && hundred.percentile(0.99) == 99)
        #expect(hundred.percentile(0.991) == 100 && hundred.percentile(1) == 100)
        #expect(hundred.percentile(0) == 1)
        let three = Samples([7, 5, 6])
        #expect(three.percentile(0.33) == 5 && three.percentile(0.34) == 6 && three.percentile(0.99) == 7)
    }

    @Test("Bins reach from the least value to the 99th percentile, and the last holds all beyond")
    func histogram() {
        // 100 values from 10 to 34.75, and a straggler.
        let values = (0..<100).map { 10 + Double($0) / 4 } + [1000]
        let histogram = Histogram(covering: values, count: 100)
        #expect(histogram.start == 10 && histogram.width == 0.25)
        #expect(histogram.counts(of: values) == Array(repeating: 1, count: 99) + [2])
        #expect(histogram.counts(of: [0, 10, 1e9]) == [2] + Array(repeating: 0, count: 98) + [1])
    }

    @Test("Values that are all the same are in the first bin")
    func narrowHistogram() {
        #expect(Histogram(covering: [5, 5, 5], count: 4).counts(of: [5, 5, 5]) == [3, 0, 0, 0])
    }
}
