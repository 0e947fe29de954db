/// The matrices of a block.
package enum BlockMatrix: Int, Sendable, Hashable, CaseIterable {
    case query, key, value, attentionOutput, gate, up, down
    /// The two of what stands in for the block where tokens bypass it.
    case standInInner, standInOuter
}

/// How much one matrix of a block has multiplied.
package struct MatrixWork: Sendable, Hashable, BitwiseCopyable {
    /// Tokens that the matrix, or a part of it, was multiplied by.
    package var tokens = 0
    /// Multiplications: the weights read × the tokens they were multiplied by. What thin tokens leave out is not
    /// counted.
    package var products = 0

    /// Creates a count of work.
    package init(tokens: Int = 0, products: Int = 0) {
        self.tokens = tokens
        self.products = products
    }
}
