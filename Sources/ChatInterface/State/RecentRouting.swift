import InferenceEngine
import MoDModel

/// What the routers did with the newest tokens: how far the model follows the dial, and what that saves.
struct RecentRouting: Sendable, Hashable {
    /// Enough tokens that the figures are calm.
    static let window = 64

    /// For each block, processed ÷ all; nil where nothing was measured. Since the dial was last turned, or,
    /// while no token has come since, before.
    let realised: [Double?]
    /// The mean over routed blocks since the dial was last turned; nil where no token has come since or nothing
    /// is routed.
    let realisedOverall: Double?
    /// Bytes of weights read ÷ those the dense model reads, since the dial was last turned; nil where no token
    /// has come since.
    let shareRead: Double?

    init(_ log: TraceLog, weights: WeightBytes) {
        let isFollowing = log.tokensSinceDialTurn > 0
        let recent = log.columns.suffix(
            isFollowing ? min(log.tokensSinceDialTurn, RecentRouting.window) : RecentRouting.window)
        var processed = [Int](repeating: 0, count: log.blocks.count)
        var seen = processed
        var share = 0.0
        for column in recent {
            let routing = column.token.routing
            share += weights.shareRead(by: routing)
            for (block, bit) in routing.processed.prefix(processed.count).enumerated() {
                seen[block] += 1
                processed[block] += bit ? 1 : 0
            }
        }
        realised = zip(processed, seen).map { $1 == 0 ? nil : Double($0) / Double($1) }
        let routed = log.blocks.routed
        let all = routed.reduce(0) { $0 + seen[$1] }
        realisedOverall =
            isFollowing && all > 0 ? Double(routed.reduce(0) { $0 + processed[$1] }) / Double(all) : nil
        shareRead = isFollowing ? share / Double(recent.count) : nil
    }
}
