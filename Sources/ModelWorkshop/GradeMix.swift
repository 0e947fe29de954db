/// What a capacity is spent on where a file does not say, before blocks differ: a share of tokens in full, and one in
/// full or thin.
///
/// Without a thin path both are the capacity itself. With one, tokens first go thin, half of them before any is
/// bypassed; at low capacities nearly all that are processed go thin.
package enum GradeMix {
    /// Mixes, from nothing to everything, which training starts from, too (assets/recipe/budget.py). Measured on
    /// SmolLM2-135M-Instruct with a thin path of half the feed-forward, on chats and on fiction at capacities of 15/16
    /// to 1/4: no mix of more in full and less thin, or the other way round, was nearer to the dense model on both.
    private static let measured: [(full: Double, processed: Double)] = [
        (0, 0), (0.125, 0.75), (0.25, 0.875), (0.5, 1), (0.75, 1), (1, 1),
    ]

    /// The mix that comes to a capacity.
    ///
    /// - Parameter thinWork: the work of a token that goes thin, ÷ that of one in full; 1 without a thin path.
    package static func shares(at capacity: Double, thinWork: Double) -> (full: Float, processed: Float) {
        guard thinWork < 1 else { return (Float(capacity), Float(capacity)) }
        for (below, above) in zip(measured, measured.dropFirst()) {
            let (low, high) = (work(below, thinWork), work(above, thinWork))
            guard capacity <= high else { continue }
            let part = (capacity - low) / (high - low)
            return (
                Float(below.full + part * (above.full - below.full)),
                Float(below.processed + part * (above.processed - below.processed))
            )
        }
        return (1, 1)
    }

    private static func work(_ mix: (full: Double, processed: Double), _ thinWork: Double) -> Double {
        mix.full + thinWork * (mix.processed - mix.full)
    }
}
