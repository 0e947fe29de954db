/// What gives a block's experts their scores of a token.
struct ExpertGate {
    /// [scoreCount][columns].
    let rows: UnsafePointer<Float>
    /// [scoreCount]: what is added to the scores; nil: nothing.
    let biases: UnsafePointer<Float>?
    /// Experts, and the no-op, which is the last.
    let scoreCount: Int
    /// Length of the residual.
    let columns: Int
    /// [columns]: what the expert that every token goes through is weighed by, after a sigmoid; nil without one.
    let shared: UnsafePointer<Float>?

    /// Numbers that a token reads.
    var floatCount: Int {
        scoreCount * columns + (biases == nil ? 0 : scoreCount) + (shared == nil ? 0 : columns)
    }
}

/// A block's experts, of which each is a feed-forward of its own.
struct ExpertWeights {
    let gate: ExpertGate
    /// Experts, without the no-op.
    let count: Int
    /// Hidden units of an expert.
    let length: Int
    /// [count · length][embedding]: one expert's rows after the other's.
    let gates: Int8Matrix
    /// [count · length][embedding].
    let ups: Int8Matrix
    /// [count · embedding][length].
    let downs: Int8Matrix
    /// Where the matrix lies that a forward pass reads after the experts; nil until that is known.
    var next: Int8Matrix.Place?

    /// One expert's matrices.
    func expert(_ index: Int) -> FeedForwardWeights {
        var weights = FeedForwardWeights(
            gate: gates.part(index, rows: length), up: ups.part(index, rows: length),
            down: downs.part(index, rows: downs.rows / count))
        if let next { weights.link(to: next) }
        return weights
    }
}
