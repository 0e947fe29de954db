/// The matrices of a block.
package enum BlockMatrix: Int, Sendable, Hashable, CaseIterable {
    case query, key, value, attentionOutput, gate, up, down
}

/// What one matrix of a block really multiplied, as opposed to what it was asked to.
package struct MatrixWork: Sendable, Hashable, BitwiseCopyable {
    /// Token rows.
    package var tokens = 0
    /// Weights × token rows: what thin tokens leave away is not in here.
    package var products = 0

    package init(tokens: Int = 0, products: Int = 0) {
        self.tokens = tokens
        self.products = products
    }
}
