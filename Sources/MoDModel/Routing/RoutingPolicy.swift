/// Which tokens a routed block processes. The threshold is how the model is used; the others are what it is
/// measured against.
public enum RoutingPolicy: Sendable, Hashable {
    /// score ≥ τ_l(c).
    case threshold
    /// score ≥ the given thresholds, one for each routed block, whatever the capacity: how a table is made.
    case thresholds([Float])
    /// Each token at each routed block with probability c, whatever its score.
    case random(seed: UInt64)

    /// Whether a random policy processes the token at `position`: a hash, so that it does not depend on
    /// chunking.
    static func randomlyProcesses(seed: UInt64, position: Int, block: Int, capacity: Capacity) -> Bool {
        var z = seed &+ UInt64(position) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(block) &* 0xD1B5_4A32_D192_ED03
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        z ^= z >> 31
        return Double(z >> 11) * 0x1p-53 < capacity.value
    }
}
