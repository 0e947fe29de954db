/// One figure's values, in the order they were measured.
package struct Samples: Sendable, Hashable {
    /// One a turn.
    package let values: [Double]

    package init(_ values: [Double]) {
        self.values = values
    }

    /// The middle value, of an even number the mean of the middle two; NaN of none.
    package var median: Double {
        guard !values.isEmpty else { return .nan }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    /// The least value that at least this part, 0…1, of all values does not exceed: the percentile by nearest rank.
    /// NaN of none.
    package func percentile(_ part: Double) -> Double {
        guard !values.isEmpty else { return .nan }
        let rank = Int((part * Double(values.count)).rounded(.up))
        return values.sorted()[min(max(rank - 1, 0), values.count - 1)]
    }

    /// The median of the turns' own ratios: a machine that slows down slows both sides of a pair.
    package func ratio(to other: Samples) -> Double {
        Samples(zip(values, other.values).map { $0 / $1 }).median
    }
}
