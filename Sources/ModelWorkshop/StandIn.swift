/// What a token gets that bypasses a block, in place of the block's output: B · (A · x) + b with the block's normed
/// input x.
package struct StandIn: Sendable, Hashable {
    /// A, [rank][embedding].
    package let inner: [Float]
    /// B, [embedding][rank].
    package let outer: [Float]
    /// b, [embedding].
    package let bias: [Float]

    /// Length of what lies between the two matrices.
    package var rank: Int { inner.count / bias.count }

    /// Takes the matrices, row after row.
    package init(inner: [Float], outer: [Float], bias: [Float]) {
        precondition(inner.count == outer.count && inner.count.isMultiple(of: bias.count))
        self.inner = inner
        self.outer = outer
        self.bias = bias
    }
}

extension StandIn {
    /// The map, with its matrices as they are multiplied fastest.
    var map: Map {
        let length = bias.count
        return Map(
            inner: Matrix(rows: rank, columns: length, values: inner).transposed,
            outer: Matrix(rows: length, columns: rank, values: outer).transposed, bias: bias)
    }

    /// A stand-in ready to be applied to many tokens.
    struct Map {
        /// Aᵀ, [embedding][rank].
        fileprivate let inner: Matrix
        /// Bᵀ, [rank][embedding].
        fileprivate let outer: Matrix
        /// b, [embedding].
        fileprivate let bias: [Float]

        /// What stands in for the block's output, [embedding] for each token, of its normed inputs.
        func outputs(for normed: [[Float]]) -> [[Float]] {
            let length = bias.count
            let rows = Matrix(rows: normed.count, columns: length, values: Array(normed.joined()))
            let found = rows.times(inner).times(outer)
            return normed.indices.map { token in
                zip(found.values[token * length..<(token + 1) * length], bias).map { $0 + $1 }
            }
        }
    }
}
