/// A token and what ranks it, in the order in which tokens are preferred: the greatest is the first choice.
package struct RankedToken: Sendable, Hashable {
    /// The vocabulary index.
    package var id: Int32
    /// The logit or the weight that ranks it.
    package var value: Float

    package init(id: Int32, value: Float) {
        self.id = id
        self.value = value
    }
}

extension RankedToken: Comparable {
    /// The higher value is preferred; of equal ones, the lower id, so that every choice is reproducible.
    package static func < (left: RankedToken, right: RankedToken) -> Bool {
        left.value < right.value || (left.value == right.value && left.id > right.id)
    }
}
