import MoDModel

/// Holds a speed by moving the capacity: what a token costs grows with the bytes it reads, and those with the capacity.
struct Governor: Sendable, Hashable {
    /// Tokens a second that are to come.
    let target: Double
    /// Seconds a byte, as found last; nil before the first tokens.
    private var cost: Double?
    /// When the bunch of tokens came after which those counted came; nil before the second bunch of a reply.
    private var start: Duration?
    /// When the newest token came; nil before the first of a reply.
    private var last: Duration?
    private var count = 0
    private var capacities = 0.0

    /// Tokens that come within this time of each other are one bunch: those between two frames come together.
    private static let gap = Duration.milliseconds(20)
    /// Over less time a speed says little.
    private static let window = Duration.milliseconds(180)

    init(target: Double) {
        self.target = target
    }

    /// Begins anew: what lies between two replies is no time that a token took.
    mutating func rest() {
        (start, last, count, capacities) = (nil, nil, 0, 0)
    }

    /// Takes in a token.
    ///
    /// - Parameters:
    ///   - now: when it came.
    ///   - capacity: what it was routed at.
    ///   - model: what its blocks read.
    /// - Returns: the capacity to go on with; nil to go on as before.
    mutating func receive(at now: Duration, capacity: Double, model: ModelDescription) -> Capacity? {
        defer {
            last = now
            count += 1
            capacities += capacity
        }
        guard let last, now - last >= Governor.gap else { return nil }
        guard let start else {
            (self.start, count, capacities) = (last, 0, 0)
            return nil
        }
        guard last - start >= Governor.window, count > 0 else { return nil }
        let (weights, routed) = (model.weights, model.routedBlocks.count)
        let fixed = Double(
            weights.outsideBlocks + (model.blockCount - routed) * weights.fullBlock + routed
                * weights.bypassedBlock)
        let movable = Double(max(1, routed * (weights.fullBlock - weights.bypassedBlock)))
        let seconds = (last - start) / .seconds(1) / Double(count)
        let found = seconds / (fixed + movable * capacities / Double(count))
        // Half of what was known: a single window scatters.
        let known = cost.map { ($0 + found) / 2 } ?? found
        cost = known
        (self.start, count, capacities) = (last, 0, 0)
        return Capacity(min(max((1 / target / known - fixed) / movable, 0), 1))
    }
}
