/// A token and the number by which it is preferred to others.
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

    /// Whether this token is preferred: it has the higher value, or, of equal values, the lower id, so that every
    /// choice is reproducible.
    package func outranks(_ other: RankedToken) -> Bool {
        value > other.value || (value == other.value && id < other.id)
    }
}
