/// How scores become grades. Every policy is causal: it knows the scores of a token and of the tokens before it.
public enum RoutingPolicy: Sendable, Hashable {
    /// The model's table gives thresholds, and feedback from what each block has done so far corrects them, so that the
    /// work of all blocks stays at the capacity, on any text. How blocks share in it is what the table's thresholds
    /// make of the text: at first as calibrated, from 192 tokens on by the text's own scores.
    case held
    /// The model's table gives thresholds τ_l(c), whatever shares come of them.
    case table
    /// The model's table gives thresholds, feedback corrects them so that every block does the work that the capacity
    /// asks for, whatever the text, and in any `window` tokens after the anchors a routed block does at most the work
    /// of ⌈c · window⌉ tokens in full: compute that is known beforehand, as in the paper (arXiv 2404.02258, §3.1).
    case budget(window: Int)
    /// The given thresholds hold, a pair for each routed block, whatever the capacity; by this a table is made.
    case thresholds([Thresholds])
    /// A random number gives each token its grade at each routed block, with the shares that the capacity gives the
    /// block; against this routing is measured.
    case random(seed: UInt64)

    /// The window of a budget where none is chosen, in tokens.
    public static let defaultWindow = 64
    /// The windows that a budget may have, in tokens: from one to more than most contexts hold.
    public static let windows = 1...65_536

    /// One word for the policy.
    public var name: String {
        switch self {
        case .held: "held"
        case .table: "table"
        case .budget: "budget"
        case .thresholds: "thresholds"
        case .random: "random"
        }
    }

    /// A number in 0..<1 for the token of a position at a routed block (its index among the routed ones): a hash, so
    /// that it does not depend on how a text is cut into chunks.
    static func chance(seed: UInt64, position: Int, block: Int) -> Double {
        let place = UInt64(position) &* SplitMix64.step &+ UInt64(block) &* 0xD1B5_4A32_D192_ED03
        // The generator takes a step before it gives a number.
        var random = SplitMix64(seed: seed &+ place &- SplitMix64.step)
        return random.nextUnit()
    }
}
