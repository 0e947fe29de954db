/// The thresholds τ_l(c): for each routed block and each capacity of a grid, the score from which a token is
/// processed. Linear between grid points, non-increasing in the capacity.
///
/// The table also carries how the global capacity is shared among the blocks: at one capacity the blocks may
/// process different shares, whose mean is the capacity.
public struct ThresholdTable: Sendable, Hashable {
    /// The grid, ascending, from 0 to 1.
    public let capacities: [Float]
    /// [routed block][grid point].
    public let thresholds: [[Float]]

    /// Thresholds stay below this in magnitude, so that the difference of two is a number. No score of a
    /// sound router comes near it.
    private static let limit: Float = 1e30

    /// The table of a model without routed blocks.
    static let empty = ThresholdTable(unchecked: [0, 1], [])

    private init(unchecked capacities: [Float], _ thresholds: [[Float]]) {
        self.capacities = capacities
        self.thresholds = thresholds
    }

    /// Returns nil unless the grid ascends from 0 to 1 and every row is non-increasing, as long as the grid,
    /// and of magnitudes below 10³⁰.
    public init?(capacities: [Float], thresholds: [[Float]]) {
        guard capacities.count >= 2, capacities.first == 0, capacities.last == 1,
            zip(capacities, capacities.dropFirst()).allSatisfy({ $0 < $1 })
        else { return nil }
        for row in thresholds {
            guard row.count == capacities.count, row.allSatisfy({ $0.magnitude < Self.limit }),
                zip(row, row.dropFirst()).allSatisfy({ $0 >= $1 })
            else { return nil }
        }
        self.init(unchecked: capacities, thresholds)
    }

    /// The threshold of a routed block (its index among the routed ones); −∞ at capacity 1, where every token
    /// is processed whatever its score.
    public func threshold(block: Int, at capacity: Capacity) -> Float {
        guard capacity < .dense else { return -.infinity }
        let value = Float(capacity.value)
        let row = thresholds[block]
        let upper = capacities.firstIndex { $0 > value } ?? capacities.count - 1
        let lower = upper - 1
        let share = (value - capacities[lower]) / (capacities[upper] - capacities[lower])
        return row[lower] + (row[upper] - row[lower]) * share
    }
}
