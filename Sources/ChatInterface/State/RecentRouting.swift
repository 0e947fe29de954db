import InferenceEngine
import MoDModel

/// What the routers did with the newest tokens: how far the model follows the dial, and what that saves.
struct RecentRouting: Sendable, Hashable {
    /// Few enough that a turn of the dial shows within a second or so, enough that the figure is calm.
    static let window = 64

    /// Tokens measured.
    let tokens: Int
    /// For each block, processed ÷ all; nil where nothing was measured.
    let realised: [Double?]
    /// The mean over routed blocks; nil where nothing was measured or nothing is routed.
    let realisedOverall: Double?
    /// Bytes of weights read ÷ those the dense model reads; nil where nothing was measured.
    let shareRead: Double?

    init(_ log: TraceLog, weights: WeightBytes) {
        let recent = log.columns.suffix(RecentRouting.window)
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
        tokens = recent.count
        realised = zip(processed, seen).map { $1 == 0 ? nil : Double($0) / Double($1) }
        let routed = log.blocks.routed
        let all = routed.reduce(0) { $0 + seen[$1] }
        realisedOverall = all == 0 ? nil : Double(routed.reduce(0) { $0 + processed[$1] }) / Double(all)
        shareRead = recent.isEmpty ? nil : share / Double(recent.count)
    }
}
