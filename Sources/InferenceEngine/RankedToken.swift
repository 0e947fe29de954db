/// A token and the number that ranks it; of some tokens the greatest is preferred.
package struct RankedToken: Sendable, Hashable {
    /// The token, an index of the vocabulary.
    package var id: Int32
    /// The logit, or the weight, that ranks the token.
    package var value: Float

    /// Creates a token with the number that ranks it.
    package init(id: Int32, value: Float) {
        self.id = id
        self.value = value
    }
}

extension RankedToken: Comparable {
    /// Whether the right token is preferred: it has the higher value, or, of equal values, the lower id, so that every
    /// choice is reproducible.
    package static func < (left: RankedToken, right: RankedToken) -> Bool {
        left.value < right.value || (left.value == right.value && left.id > right.id)
    }
}
