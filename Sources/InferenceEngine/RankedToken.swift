/// A token and what ranks it, in the order in which tokens are preferred.
package struct RankedToken: Sendable, Hashable {
    /// The vocabulary index.
    package var id: Int32
    /// The logit or the weight that ranks it.
    package var value: Float

    package init(id: Int32, value: Float) {
        self.id = id
        self.value = value
    }

    /// The higher value comes first; of equal ones, the lower id, so that every choice is reproducible.
    package func outranks(_ other: RankedToken) -> Bool {
        value > other.value || (value == other.value && id < other.id)
    }
}
