/// The token and block the inspector tells about.
struct Selection: Sendable, Hashable {
    /// The token's ordinal in the trace log; nil follows the newest.
    var token: Int?
    var block: Int

    /// The ordinal shown: that of the newest token unless another one is chosen and still kept.
    func ordinal(in ordinals: Range<Int>) -> Int? {
        guard let newest = ordinals.last else { return nil }
        guard let token else { return newest }
        return min(max(token, ordinals.lowerBound), newest)
    }

    /// Moves along the tokens; at the newest one the selection follows again.
    mutating func moveToken(by count: Int, in ordinals: Range<Int>) {
        guard let current = ordinal(in: ordinals), let newest = ordinals.last else { return }
        let moved = min(max(current + count, ordinals.lowerBound), newest)
        token = moved == newest ? nil : moved
    }

    /// Moves along the blocks.
    mutating func moveBlock(by count: Int, blockCount: Int) {
        block = min(max(block + count, 0), max(0, blockCount - 1))
    }
}
