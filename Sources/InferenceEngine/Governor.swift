package import MoDModel

/// Holds a speed by moving the capacity: what a token costs grows with the bytes it reads, and those with the capacity.
///
/// What a byte costs is measured as tokens come. A measure is late by what it was averaged over, and tokens cost more
/// the longer the context grows; so the time by which the reply is behind is kept, too, and made good by the tokens to
/// come.
package struct Governor: Sendable {
    /// Tokens a second that are to come.
    package let target: Double
    /// Bytes that a token reads at capacity 0.
    private let fixed: Double
    /// Bytes that it reads beyond those at capacity 1.
    private let movable: Double
    /// Seconds a byte, as found last; nil before the first tokens.
    private var cost: Double?
    /// Seconds since the reply began to be written.
    private var age = 0.0
    /// Seconds by which the reply is behind since its cost was found; negative: ahead.
    private var debt = 0.0
    /// Of the tokens since the capacity was last looked at.
    private var (seconds, tokens, bytes) = (0.0, 0, 0.0)

    /// Seconds after which the capacity is looked at: single tokens scatter, and another capacity takes the router
    /// some time.
    private static let interval = 0.03
    /// Seconds, or tokens where those take longer, over which costs are averaged.
    private static let (memory, memoryTokens) = (0.15, 2.0)
    /// The largest cost that is believed at once, ÷ the one known.
    private static let largestRise = 1.5
    /// Seconds, or tokens where those take longer, within which a debt is made good.
    private static let (repayment, repaymentTokens) = (0.4, 6.0)

    /// Prepares to hold so many tokens a second, more than 0, with a model that is so described.
    package init(target: Double, _ model: ModelDescription) {
        self.target = target
        let (weights, routed) = (model.weights, model.routedBlocks.count)
        fixed = Double(
            weights.outsideBlocks + weights.routers + (model.blockCount - routed) * weights.fullBlock
                + routed * weights.bypassedBlock)
        movable = Double(routed * (weights.fullBlock - weights.bypassedBlock))
    }

    /// Begins a reply: what an earlier one was behind is not made good.
    package mutating func rest() {
        (age, debt, seconds, tokens, bytes) = (0, 0, 0, 0, 0)
    }

    /// Takes in what a pass brought.
    ///
    /// - Parameters:
    ///   - count: the tokens.
    ///   - time: seconds since the pass before ended.
    ///   - capacity: what they were routed at.
    /// - Returns: the capacity to go on with, in hundredths; nil to go on as before.
    package mutating func receive(_ count: Int, in time: Double, at capacity: Capacity) -> Capacity? {
        guard movable > 0 else { return nil }
        seconds += time
        tokens += count
        bytes += Double(count) * (fixed + movable * capacity.value)
        guard seconds >= Governor.interval, tokens > 0 else { return nil }
        defer { (seconds, tokens, bytes) = (0, 0, 0) }
        let weight = min(seconds / max(Governor.memory, Governor.memoryTokens / target), 1)
        let known =
            cost.map { known in
                // A pause of the machine says nothing of what comes after it.
                known + weight * (min(seconds / bytes, known * Governor.largestRise) - known)
            } ?? seconds / bytes
        cost = known
        let repayment = max(Governor.repayment, Governor.repaymentTokens / target)
        age += seconds
        if age > Governor.memory { debt += seconds - Double(tokens) / target }
        debt = min(max(debt, -repayment / 2), repayment / 2)
        let affordable = (1 - debt / repayment) / target / known
        let wanted = (affordable - fixed) / movable
        return Capacity((min(max(wanted, 0), 1) * 100).rounded() / 100)
    }
}
