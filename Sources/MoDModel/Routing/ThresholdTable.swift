/// The thresholds τ_l(c) of every routed block, and the shares of tokens they are calibrated to give: for each capacity of
/// a grid, linear between grid points. Thresholds never rise with the capacity, shares never fall.
///
/// At one capacity the blocks may have different shares; the mean of the work they come to is the capacity.
public struct ThresholdTable: Sendable, Hashable {
    /// One routed block. All arrays are as long as the grid.
    public struct Row: Sendable, Hashable {
        /// From this score on a token goes through the block in full.
        public var full: [Float]
        /// From this score on it goes thin at least; `full` again where there is no thin path.
        public var thin: [Float]
        /// The share of tokens in full.
        public var fullShare: [Float]
        /// The share of tokens in full or thin; `fullShare` again where there is no thin path.
        public var processedShare: [Float]

        /// A block with a thin path.
        public init(full: [Float], thin: [Float], fullShare: [Float], processedShare: [Float]) {
            self.full = full
            self.thin = thin
            self.fullShare = fullShare
            self.processedShare = processedShare
        }

        /// A block without a thin path.
        public init(_ thresholds: [Float], share: [Float]) {
            self.init(full: thresholds, thin: thresholds, fullShare: share, processedShare: share)
        }
    }

    /// The grid, ascending, from 0 to 1.
    public let capacities: [Float]
    /// One for each routed block.
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

    /// Returns nil unless the grid ascends from 0 to 1, every array is as long as it, thresholds never rise and are of
    /// magnitudes below 10³⁰, shares never fall and lie within 0…1, and nothing is full that is not processed.
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

    /// Whether numbers may be thresholds of rising capacities.
    static func areThresholds(_ values: [Float]) -> Bool {
        values.allSatisfy { $0.magnitude < limit } && zip(values, values.dropFirst()).allSatisfy { $0 >= $1 }
    }

    /// Whether numbers may be shares at rising capacities.
    static func areShares(_ values: [Float]) -> Bool {
        values.allSatisfy { (0...1).contains($0) } && zip(values, values.dropFirst()).allSatisfy { $0 <= $1 }
    }

    /// The thresholds of a routed block (its index among the routed ones); −∞ at capacity 1, where every token goes in
    /// full whatever its score.
    public func thresholds(block: Int, at capacity: Capacity) -> Thresholds {
        guard capacity < .dense else { return .none }
        let row = rows[block]
        let full = interpolated(row.full, at: capacity)
        return Thresholds(full: full, thin: min(interpolated(row.thin, at: capacity), full))
    }

    /// What a routed block should make of tokens at a capacity.
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
        let part = (value - capacities[lower]) / (capacities[upper] - capacities[lower])
        return values[lower] + (values[upper] - values[lower]) * part
    }

    /// The capacity of the grid's range at which a routed block itself does the share `work` of its work.
    ///
    /// - Parameter thinWork: the work of a token that goes thin, ÷ that of one in full.
    func capacity(block: Int, work: Float, thinWork: Float) -> Capacity {
        let row = rows[block]
        let works = zip(row.fullShare, row.processedShare).map { $0 + thinWork * ($1 - $0) }
        guard let upper = works.firstIndex(where: { $0 >= work }) else { return .dense }
        guard upper > 0 else { return Capacity(0) ?? .dense }
        let part = (work - works[upper - 1]) / (works[upper] - works[upper - 1])
        let value = capacities[upper - 1] + (capacities[upper] - capacities[upper - 1]) * part
        return Capacity(Double(min(max(value, 0), 1))) ?? .dense
    }

    /// How far a routed block's scores lie apart, about their standard deviation: the widest distance between thresholds of
    /// capacities within the grid, of which the outermost lie about 1.5 deviations from the middle.
    func spread(block: Int) -> Float {
        let widest = [rows[block].full, rows[block].thin].map { row in
            let inner = row.dropFirst().dropLast()
            return (inner.first ?? 0) - (inner.last ?? 0)
        }
        return max((widest.max() ?? 0) / 3, 1e-3)
    }
}
