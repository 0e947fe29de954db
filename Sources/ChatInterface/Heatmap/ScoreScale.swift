/// What counts as a low and a high score at one block.
///
/// Routers are trained one by one, so a score means different things at different blocks, and colours rank scores
/// within their block. The range runs from the 5th to the 95th percentile, so that one outlier (the first token's
/// scores often are) does not wash out the rest.
struct ScoreScale: Sendable, Hashable {
    var low: Float
    var high: Float
    /// The scores below which a 32nd of all lie, two 32nds, and so on; empty before any has been seen.
    private var steps: [Float] = []

    /// The range before any score has been seen.
    static let unknown = ScoreScale(low: 0, high: 0)

    init(low: Float, high: Float) {
        self.low = low
        self.high = high
    }

    /// The range of some scores of a block; those that are not finite are left out.
    init(of scores: [Float]) {
        let sorted = scores.filter(\.isFinite).sorted()
        guard let last = sorted.indices.last else {
            self = .unknown
            return
        }
        let margin = last / 20
        self.init(low: sorted[margin], high: sorted[last - margin])
        steps = (1..<32).map { sorted[last * $0 / 32] }
    }

    /// The part of the scores that lie below one, 0…1, to a 32nd.
    func rank(of score: Float) -> Double {
        steps.isEmpty ? 0 : Double(steps.count { $0 < score }) / Double(steps.count)
    }

    /// How far above its threshold a score lies, in ranges of scores, 0…1; 1 where no threshold is in force.
    func margin(_ distance: Float) -> Double {
        guard distance.isFinite, high > low else { return 1 }
        return min(max(Double(distance) / (Double(high) - Double(low)), 0), 1)
    }

    /// Where a processed token's score lies between the lowest that would do (`threshold`, from which on the block
    /// takes a token at all, or the low end of the range where none is in force) and the high end of the range, 0…1.
    func level(of score: Float, threshold: Float) -> Double {
        let base = threshold.isFinite ? max(low, threshold) : low
        guard score.isFinite, base.isFinite, high > base else { return score >= high ? 1 : 0 }
        let level = (Double(score) - Double(base)) / (Double(high) - Double(base))
        return min(max(level, 0), 1)
    }
}
