/// A token and its logit, in the order in which tokens are preferred.
package struct RankedToken: Sendable, Hashable {
    /// The vocabulary index.
    package var id: Int32
    /// The model's logit, or what the repetition penalty made of it.
    package var logit: Float

    package init(id: Int32, logit: Float) {
        self.id = id
        self.logit = logit
    }

    /// The higher logit comes first; of equal ones, the lower id, so that every choice is reproducible.
    package func outranks(_ other: RankedToken) -> Bool {
        logit > other.logit || (logit == other.logit && id < other.id)
    }
}
