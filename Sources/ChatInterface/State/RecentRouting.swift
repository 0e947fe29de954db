import InferenceEngine
import MoDModel

/// What the routers did with the newest tokens: how far the model follows the dial, and what that saves.
struct RecentRouting: Sendable, Hashable {
    /// Enough tokens that the figures are calm.
    static let window = 64

    /// For each block, its work ÷ that of all tokens in full; nil where nothing was measured. Since the dial was last
    /// turned, or, while no token has come since, before.
    let realised: [Double?]
    /// The mean over routed blocks since the dial was last turned; nil where no token has come since or nothing
    /// is routed.
    let realisedOverall: Double?
    /// Bytes of weights read ÷ those the dense model reads, since the dial was last turned; nil where no token
    /// has come since.
    let shareRead: Double?

    /// - Parameter setting: where the dial stands; only tokens routed by it came since.
    init(_ log: TraceLog, weights: WeightBytes, setting: RoutingSetting) {
        let count = log.tokensSinceDialTurn(to: setting, limit: RecentRouting.window)
        let isFollowing = count > 0
        let recent = log.columns.suffix(isFollowing ? count : RecentRouting.window)
        var work = [Double](repeating: 0, count: log.blocks.count)
        var seen = [Int](repeating: 0, count: log.blocks.count)
        var share = 0.0
        for column in recent {
            let routing = column.token.routing
            share += weights.shareRead(by: routing)
            for block in 0..<min(routing.grades.count, work.count) {
                seen[block] += 1
                work[block] += routing.work(at: [block], thinWork: weights.thinWork)
            }
        }
        realised = zip(work, seen).map { $1 == 0 ? nil : $0 / Double($1) }
        let routed = log.blocks.routed
        let all = routed.reduce(0) { $0 + seen[$1] }
        realisedOverall =
            isFollowing && all > 0 ? routed.reduce(0) { $0 + work[$1] } / Double(all) : nil
        shareRead = isFollowing ? share / Double(recent.count) : nil
    }
}
