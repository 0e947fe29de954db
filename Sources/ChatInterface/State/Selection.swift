/// The token and the block that the inspector tells about.
struct Selection: Sendable, Hashable {
    /// The token's ordinal in the trace log; nil follows the newest.
    var token: Int?
    var block: Int

    /// The ordinal of the token shown: the newest of `ordinals`, unless another is chosen and still among them.
    func ordinal(in ordinals: Range<Int>) -> Int? {
        guard let newest = ordinals.last else { return nil }
        guard let token else { return newest }
        return min(max(token, ordinals.lowerBound), newest)
    }

    /// Moves the selection along the tokens; at the newest it follows the newest again.
    mutating func moveToken(by count: Int, in ordinals: Range<Int>) {
        guard let current = ordinal(in: ordinals), let newest = ordinals.last else { return }
        let moved = min(max(current + count, ordinals.lowerBound), newest)
        token = moved == newest ? nil : moved
    }

    /// Moves the selection along the blocks, up where `count` is positive.
    mutating func moveBlock(by count: Int, blockCount: Int) {
        block = min(max(block + count, 0), max(0, blockCount - 1))
    }
}
