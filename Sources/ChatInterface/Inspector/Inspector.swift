/// The token and the block that the inspector tells about.
struct Inspector: Sendable, Hashable {
    /// The token's ordinal in the trace log; nil follows the newest.
    var token: Int?
    /// The block, 0 being the first that a token goes through.
    var block: Int

    /// The ordinal of the token shown: the newest of `ordinals`, unless another is chosen and still among them.
    func ordinal(in ordinals: Range<Int>) -> Int? {
        guard let newest = ordinals.last else { return nil }
        guard let token else { return newest }
        return min(max(token, ordinals.lowerBound), newest)
    }

    /// Takes a key's action.
    ///
    /// - Parameter step: tokens that a step goes: those of a column.
    mutating func press(_ action: Action, tokens: Range<Int>, blockCount: Int, step: Int = 1) {
        switch action {
        case .tokenLeft: moveToken(by: -step, in: tokens)
        case .tokenRight: moveToken(by: step, in: tokens)
        case .tenTokensLeft: moveToken(by: -10 * step, in: tokens)
        case .tenTokensRight: moveToken(by: 10 * step, in: tokens)
        case .oldestToken: moveToken(by: -tokens.count, in: tokens)
        case .newestToken: token = nil
        case .blockUp: moveBlock(by: 1, blockCount: blockCount)
        case .blockDown: moveBlock(by: -1, blockCount: blockCount)
        default: break
        }
    }

    /// Moves along the tokens; at the newest it follows the newest again.
    private mutating func moveToken(by count: Int, in ordinals: Range<Int>) {
        guard let current = ordinal(in: ordinals), let newest = ordinals.last else { return }
        let moved = min(max(current + count, ordinals.lowerBound), newest)
        token = moved == newest ? nil : moved
    }

    /// Moves along the blocks, up where `count` is positive.
    private mutating func moveBlock(by count: Int, blockCount: Int) {
        block = min(max(block + count, 0), max(0, blockCount - 1))
    }
}
