/// How scores become grades. All are causal: they know the scores of a token and of those before it.
public enum RoutingPolicy: Sendable, Hashable {
    /// The table's thresholds, corrected by feedback from what each block has done so far, so that its shares stay at what
    /// the capacity asks of it on any text.
    case held
    /// The table's thresholds τ_l(c), whatever comes of them.
    case table
    /// As `held`, but in any `window` tokens after the anchors a routed block does at most the work of ⌈c · window⌉ tokens
    /// in full: compute that is known beforehand, as in the paper (arXiv 2404.02258, §3.1).
    case budget(window: Int)
    /// The given thresholds, a pair for each routed block, whatever the capacity: how a table is made.
    case thresholds([Thresholds])
    /// Each token at each routed block by chance, with the block's shares at that capacity: what routing is measured
    /// against.
    case random(seed: UInt64)

    /// The window of a budget where none is given.
    public static let defaultWindow = 64
    /// The windows a budget may be given: from one token to more than most contexts hold.
    public static let windows = 1...65_536

    /// One word for it.
    public var name: String {
        switch self {
        case .held: "held"
        case .table: "table"
        case .budget: "budget"
        case .thresholds: "thresholds"
        case .random: "random"
        }
    }

    /// A number in 0..<1 for a token at a routed block: a hash, so that it does not depend on chunking.
    static func chance(seed: UInt64, position: Int, block: Int) -> Double {
        let place = UInt64(position) &* SplitMix64.step &+ UInt64(block) &* 0xD1B5_4A32_D192_ED03
        // The generator takes a step before it gives a number.
        var random = SplitMix64(seed: seed &+ place &- SplitMix64.step)
        return random.nextUnit()
    }
}
