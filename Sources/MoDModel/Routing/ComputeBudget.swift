/// A limit on the work of a block in any window of tokens, and the work it has done in the present one.
struct ComputeBudget {
    /// Tokens in a window.
    let window: Int
    /// The most work that a block may do in a window, in tokens in full: ⌈c · window⌉.
    let limit: Float
    /// The work of a token that goes thin, ÷ that of one in full.
    let thinWork: Float
    // Counted, not added up, so that rounding leaves nothing over.
    private var full = 0
    private var thin = 0

    init(window: Int, capacity: Capacity, thinWork: Float) {
        self.window = max(window, 1)
        limit = Float(capacity.limit(window: self.window))
        self.thinWork = thinWork
    }

    /// Takes a token into the window.
    mutating func add(_ grade: Grade) {
        full += grade == .full ? 1 : 0
        thin += grade == .thin ? 1 : 0
    }

    /// Lets a token leave the window.
    mutating func remove(_ grade: Grade) {
        full -= grade == .full ? 1 : 0
        thin -= grade == .thin ? 1 : 0
    }

    /// The deepest grade, no deeper than the wanted one, that the window has room for.
    func granted(_ wanted: Grade) -> Grade {
        let spent = Float(full) + thinWork * Float(thin)
        if wanted == .full, spent + 1 <= limit { return .full }
        // Without a thin path a thin token would be a full one.
        if wanted > .bypassed, thinWork < 1, spent + thinWork <= limit { return .thin }
        return .bypassed
    }
}
