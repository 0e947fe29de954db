/// The thresholds τ_l(c) of every routed block, and the shares of tokens that they are calibrated to give: for each
/// capacity of a grid, and linear in between. Thresholds never rise with the capacity, shares never fall.
///
/// At one capacity blocks may have different shares; the mean of the work that the shares come to is the capacity.
public struct ThresholdTable: Sendable, Hashable {
    /// The thresholds and shares of one routed block, one for each capacity of the grid.
    public struct Row: Sendable, Hashable {
        /// [grid]: the score from which on a token goes through the block in full.
        public var full: [Float]
        /// [grid]: the score from which on a token goes at least thin; equal to `full` without a thin path.
        public var thin: [Float]
        /// [grid]: the share of tokens that go in full, 0…1.
        public var fullShare: [Float]
        /// [grid]: the share of tokens that are processed, in full or thin, 0…1; equal to `fullShare` without a thin
        /// path.
        public var processedShare: [Float]

        /// Creates the row of a block with a thin path; each array is [grid].
        public init(full: [Float], thin: [Float], fullShare: [Float], processedShare: [Float]) {
            self.full = full
            self.thin = thin
            self.fullShare = fullShare
            self.processedShare = processedShare
        }

        /// Creates the row of a block without a thin path, from the thresholds and the shares of tokens in full, [grid]
        /// each.
        public init(_ thresholds: [Float], share: [Float]) {
            self.init(full: thresholds, thin: thresholds, fullShare: share, processedShare: share)
        }
    }

    /// The grid: capacities, ascending, from 0 to 1.
    public let capacities: [Float]
    /// [routed blocks]: the thresholds and shares of each.
    public let rows: [Row]

    /// Thresholds stay below this in magnitude, so that the difference of two is a number. No score of a
    /// sound router comes near it.
    private static let limit: Float = 1e30

    /// The table of a model without routed blocks.
    static let empty = ThresholdTable(unchecked: [0, 1], [])

    private init(unchecked capacities: [Float], _ rows: [Row]) {
        self.capacities = capacities
        self.rows = rows
    }

    /// Creates a table; nil unless the grid ascends from 0 to 1, every array of the rows is as long as the grid,
    /// thresholds never rise and are of magnitudes below 10³⁰, shares never fall and lie within 0…1, and no share in
    /// full exceeds the share processed.
    public init?(capacities: [Float], rows: [Row]) {
        guard capacities.count >= 2, capacities.first == 0, capacities.last == 1,
            zip(capacities, capacities.dropFirst()).allSatisfy({ $0 < $1 }),
            rows.allSatisfy({ Self.isSound($0, length: capacities.count) })
        else { return nil }
        self.init(unchecked: capacities, rows)
    }

    private static func isSound(_ row: Row, length: Int) -> Bool {
        let arrays = [row.full, row.thin, row.fullShare, row.processedShare]
        return arrays.allSatisfy { $0.count == length } && areThresholds(row.full) && areThresholds(row.thin)
            && areShares(row.fullShare) && areShares(row.processedShare)
            && zip(row.full, row.thin).allSatisfy { $0 >= $1 }
            && zip(row.fullShare, row.processedShare).allSatisfy { $0 <= $1 }
    }

    /// Whether numbers may be thresholds at rising capacities: they never rise and are below 10³⁰ in magnitude.
    static func areThresholds(_ values: [Float]) -> Bool {
        values.allSatisfy { $0.magnitude < limit } && zip(values, values.dropFirst()).allSatisfy { $0 >= $1 }
    }

    /// Whether numbers may be shares at rising capacities: they never fall and lie within 0…1.
    static func areShares(_ values: [Float]) -> Bool {
        values.allSatisfy { (0...1).contains($0) } && zip(values, values.dropFirst()).allSatisfy { $0 <= $1 }
    }

    /// The thresholds of a routed block (its index among the routed ones) at a capacity; −∞ at capacity 1, where every
    /// token goes in full whatever its score.
    public func thresholds(block: Int, at capacity: Capacity) -> Thresholds {
        guard capacity < .dense else { return .none }
        let row = rows[block]
        let full = interpolated(row.full, at: capacity)
        return Thresholds(full: full, thin: min(interpolated(row.thin, at: capacity), full))
    }

    /// [routed blocks]: the grades that a token's scores would have come to at another capacity. What the policy had
    /// moved a threshold by when the token came, it is moved by there, too; so at the token's own capacity the grades
    /// are those that it had, unless a budget refused one. Nothing is computed again: at another capacity the scores of
    /// the blocks above the first changed one would be others. Where the routing has more routed blocks or fewer, as
    /// that of another model, those in common count.
    ///
    /// - Parameters:
    ///   - routing: the token's.
    ///   - capacity: what it was routed at; where that is not known, nil, the thresholds are those of the table.
    ///   - other: the capacity that is asked about.
    public func grades(of routing: TokenRouting, routedAt capacity: Capacity?, as other: Capacity) -> [Grade]
    {
        zip(rows.indices, zip(routing.scores, zip(routing.thresholds, routing.reasons))).map { block, token in
            let (score, (inForce, reason)) = token
            guard reason != .anchor, other < .dense else { return .full }
            if other == capacity { return inForce.grade(of: score) }
            func moved(_ kind: KeyPath<Thresholds, Float>) -> Float {
                let given = capacity.map { thresholds(block: block, at: $0)[keyPath: kind] }
                let move = given.map { inForce[keyPath: kind] - $0 } ?? 0
                return thresholds(block: block, at: other)[keyPath: kind] + (move.isFinite ? move : 0)
            }
            let full = moved(\.full)
            return Thresholds(full: full, thin: min(moved(\.thin), full)).grade(of: score)
        }
    }

    /// The shares that a capacity gives a routed block (its index among the routed ones).
    package func shares(block: Int, at capacity: Capacity) -> BlockShares {
        guard capacity < .dense else { return BlockShares(full: 1, processed: 1) }
        let row = rows[block]
        let full = interpolated(row.fullShare, at: capacity)
        return BlockShares(full: full, processed: max(interpolated(row.processedShare, at: capacity), full))
    }

    private func interpolated(_ values: [Float], at capacity: Capacity) -> Float {
        let value = Float(capacity.value)
        let upper = capacities.firstIndex { $0 > value } ?? capacities.count - 1
        let lower = upper - 1
        let fraction = (value - capacities[lower]) / (capacities[upper] - capacities[lower])
        return values[lower] + (values[upper] - values[lower]) * fraction
    }

    /// The capacity at which the shares of one routed block (its index among the routed ones) come to `work`, 0…1, of
    /// the work of all tokens in full; 1 where they never do.
    ///
    /// - Parameter thinWork: the work of a token that goes thin, ÷ that of one in full.
    func capacity(block: Int, work: Float, thinWork: Float) -> Capacity {
        let row = rows[block]
        func done(_ place: Int) -> Float {
            row.fullShare[place] + thinWork * (row.processedShare[place] - row.fullShare[place])
        }
        guard let upper = capacities.indices.first(where: { done($0) >= work }) else { return .dense }
        guard upper > 0 else { return Capacity(0) ?? .dense }
        let low = done(upper - 1)
        let fraction = (work - low) / (done(upper) - low)
        let value = capacities[upper - 1] + (capacities[upper] - capacities[upper - 1]) * fraction
        return Capacity(Double(min(max(value, 0), 1))) ?? .dense
    }

    /// How far the scores of a routed block (its index among the routed ones) lie apart, on a grid of sixteenths about
    /// their standard deviation: a third of the distance between a grade's thresholds at the second and the last but
    /// one capacity of the grid. The grade with the larger distance counts. The ends do not: they lie beyond all
    /// scores, who knows how far. So a table does not tell, and this is 0, where the grid has fewer than four
    /// capacities or the thresholds between its ends are equal.
    func spread(block: Int) -> Float {
        let widest = [rows[block].full, rows[block].thin].map { row in
            let inner = row.dropFirst().dropLast()
            return (inner.first ?? 0) - (inner.last ?? 0)
        }
        return (widest.max() ?? 0) / 3
    }
}
