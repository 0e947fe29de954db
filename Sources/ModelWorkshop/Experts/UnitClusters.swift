/// Hidden units parted into clusters of equal size: into tiers by how much they add to the residual, and the units of a
/// tier by which fire together, with balanced k-means on how much each adds from token to token (after MoEfication,
/// arXiv 2110.01786, §3.2).
///
/// What a tier adds as a whole the gate learns best, and tokens that leave out a quarter of the units leave out most of
/// the last tiers.
package struct UnitClusters: Sendable, Hashable {
    /// [clusters][units of a cluster]: indices of hidden units, ascending.
    package let units: [[Int]]

    /// Clusters in a tier; in the last, one more where they do not come out even.
    private static let tierClusters = 2
    /// Rounds of k-means at most; clusters hardly change after a few.
    private static let rounds = 20

    /// Parts units by how much they add, and then by which fire together.
    ///
    /// - Parameters:
    ///   - patterns: [units][tokens]: how much a unit adds to the residual of each token.
    ///   - count: how many clusters; divides the number of units. Those that add most come first.
    package init(tiersOf patterns: [[Float]], count: Int) {
        let sizes = patterns.map { Self.product($0, $0) }
        let order = patterns.indices.sorted { (sizes[$1], $0) < (sizes[$0], $1) }
        let length = patterns.count / count
        let tiers = max(count / Self.tierClusters, 1)
        units = (0..<tiers).flatMap { tier in
            let first = tier * Self.tierClusters
            let last = tier == tiers - 1 ? count : first + Self.tierClusters
            let members = order[first * length..<last * length].sorted()
            return UnitClusters(patterns: members.map { patterns[$0] }, count: last - first).units
                .map { $0.map { members[$0] } }
        }
    }

    /// Parts units by which fire together.
    ///
    /// - Parameters:
    ///   - patterns: [units][tokens]: how much a unit adds to the residual of each token.
    ///   - count: how many clusters; divides the number of units.
    package init(patterns: [[Float]], count: Int) {
        let centred = patterns.map(Self.centred)
        let directions = centred.map(Self.direction)
        let lengths = centred.map { Self.product($0, $0) }
        let widest = lengths.indices.max { (lengths[$0], $1) < (lengths[$1], $0) } ?? 0
        var centres = Self.farApart(directions, from: widest, count: count)
        var assignment: [Int] = []
        for _ in 0..<Self.rounds {
            let likeness = directions.map { direction in centres.map { Self.product(direction, $0) } }
            let next = Self.balanced(likeness, count: count)
            if next == assignment { break }
            assignment = next
            centres = (0..<count).map { cluster in
                var sum = [Float](repeating: 0, count: centred.first?.count ?? 0)
                for unit in centred.indices where assignment[unit] == cluster {
                    for token in sum.indices { sum[token] += centred[unit][token] }
                }
                return Self.direction(sum)
            }
        }
        units = (0..<count).map { cluster in assignment.indices.filter { assignment[$0] == cluster } }
    }

    /// Clusters that are given.
    package init(units: [[Int]]) {
        self.units = units
    }

    /// The patterns that lie far from one another: first one that is given, then always the one that is least like
    /// those there are.
    private static func farApart(_ directions: [[Float]], from first: Int, count: Int) -> [[Float]] {
        guard directions.indices.contains(first) else { return [] }
        var centres = [directions[first]]
        var nearest = directions.map { product($0, directions[first]) }
        while centres.count < count {
            guard let next = nearest.indices.min(by: { nearest[$0] < nearest[$1] }) else { break }
            centres.append(directions[next])
            for unit in nearest.indices {
                nearest[unit] = max(nearest[unit], product(directions[unit], directions[next]))
            }
        }
        return centres
    }

    /// The cluster of each unit: the most alike that has room, where those go first that would lose most by another.
    ///
    /// - Parameter likeness: [units][clusters].
    private static func balanced(_ likeness: [[Float]], count: Int) -> [Int] {
        let gains = likeness.map { row in
            let ranked = row.sorted(by: >)
            return ranked.count > 1 ? ranked[0] - ranked[1] : 0
        }
        let order = likeness.indices.sorted { (gains[$1], $0) < (gains[$0], $1) }
        var room = [Int](repeating: likeness.count / count, count: count)
        var assignment = [Int](repeating: 0, count: likeness.count)
        for unit in order {
            let open = room.indices.filter { room[$0] > 0 }
            let best = open.max { (likeness[unit][$0], $1) < (likeness[unit][$1], $0) } ?? 0
            assignment[unit] = best
            room[best] -= 1
        }
        return assignment
    }

    /// A pattern less its mean: that a unit fires more or less than it does as a rule.
    private static func centred(_ pattern: [Float]) -> [Float] {
        let mean = pattern.reduce(0, +) / Float(max(pattern.count, 1))
        return pattern.map { $0 - mean }
    }

    private static func direction(_ pattern: [Float]) -> [Float] {
        let length = product(pattern, pattern).squareRoot()
        return length > 0 ? pattern.map { $0 / length } : pattern
    }

    private static func product(_ x: [Float], _ y: [Float]) -> Float {
        var sums = SIMD8<Float>.zero
        var rest: Float = 0
        x.withUnsafeBufferPointer { x in
            y.withUnsafeBufferPointer { y in
                let whole = x.count / 8 * 8
                for start in stride(from: 0, to: whole, by: 8) {
                    var (a, b) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
                    for lane in 0..<8 {
                        a[lane] = x[start + lane]
                        b[lane] = y[start + lane]
                    }
                    sums += a * b
                }
                for place in whole..<x.count { rest += x[place] * y[place] }
            }
        }
        return sums.sum() + rest
    }
}
