/// One figure's values, one a round.
package struct Samples {
    package private(set) var values: [Double]

    package init(values: [Double] = []) {
        self.values = values
    }

    package mutating func append(_ value: Double) {
        values.append(value)
    }

    /// NaN before the first round.
    package var median: Double {
        guard !values.isEmpty else { return .nan }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    /// The median of the rounds' own ratios: a machine that slows down slows both sides of a pair.
    package func ratio(to other: Samples) -> Double {
        Samples(values: zip(values, other.values).map { $0 / $1 }).median
    }
}
