/// A figure of two ways to do the same, and its ratio: medians of the turns, and the median of the turns' own ratios.
public struct Pair: Encodable, Sendable, Hashable {
    /// The median of the first way's turns.
    public let first: Double
    /// The median of the second way's turns.
    public let second: Double
    /// The median of the turns' ratios, first ÷ second.
    public let ratio: Double

    package init(_ first: Samples, over second: Samples) {
        self.first = first.median
        self.second = second.median
        ratio = first.ratio(to: second)
    }
}

/// A pair as it stands in the report.
package struct NamedPair: Sendable, Hashable {
    /// Its name in JSON.
    package let key: String
    /// What people read: what is compared with what.
    package let label: String
    /// The figures.
    package let pair: Pair
}

/// Two ways to do the same, measured in turns: what makes a line of the report, or several.
package struct Comparison {
    /// One figure that both sides give, in tokens a second.
    package struct Line: Sendable, Hashable {
        /// Its name in JSON.
        package let key: String
        /// What people read: what is compared with what.
        package let label: String

        package init(_ key: String, _ label: String) {
            self.key = key
            self.label = label
        }
    }

    /// What the figures are, in the order in which each side gives them.
    package let lines: [Line]
    /// Both sides.
    package let measurement: SideBySide<[Double]>

    /// Puts two ways side by side.
    ///
    /// - Parameters:
    ///   - lines: what the figures are that each side gives, in their order.
    ///   - repeats: how often a round measures each side.
    package init(
        _ lines: [Line], repeats: Int = 1, first: @escaping SideBySide<[Double]>.Side,
        second: @escaping SideBySide<[Double]>.Side
    ) {
        self.lines = lines
        measurement = SideBySide([first, second], repeats: repeats)
    }

    /// A pair for each line.
    package var pairs: [NamedPair] {
        lines.enumerated().map { place, line in
            let sides = measurement.figures.map { turns in Samples(turns.map { $0[place] }) }
            return NamedPair(key: line.key, label: line.label, pair: Pair(sides[0], over: sides[1]))
        }
    }
}
