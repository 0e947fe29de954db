/// Counts of values in bins of equal width.
package struct Histogram: Sendable, Hashable {
    /// Where the first bin begins.
    package let start: Double
    /// How wide each bin is.
    package let width: Double
    /// How many there are, one or more.
    package let count: Int

    /// Lays bins out from the least of all values to their 99th percentile, where the last one begins: it holds all
    /// beyond, lest a few stragglers press the others into one.
    package init(covering values: [Double], count: Int) {
        let samples = Samples(values)
        start = samples.percentile(0)
        width = (samples.percentile(0.99) - start) / Double(max(1, count - 1))
        self.count = count
    }

    /// How many of these values are in each bin; what is below the first counts there.
    package func counts(of values: [Double]) -> [Int] {
        var counts = Array(repeating: 0, count: count)
        for value in values {
            let place = width > 0 ? (value - start) / width : 0
            counts[Int(min(max(place, 0), Double(count - 1)))] += 1
        }
        return counts
    }
}
