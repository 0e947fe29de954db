import InferenceEngine
import MoDModel

/// What the routers did with the newest tokens: how far the model follows the dial, and what that saves.
struct RecentRouting: Sendable, Hashable {
    /// The most tokens that are looked at, enough that the figures are calm.
    static let window = 64

    /// The realised capacity: the mean of the routed blocks' work ÷ that of all tokens in full, over the tokens since
    /// the capacity or the policy last changed; nil where none has come since or nothing is routed.
    let realisedOverall: Double?
    /// Bytes of weights read ÷ those the dense model reads, over the tokens since the capacity or the policy last
    /// changed; nil where none has come since.
    let shareRead: Double?

    /// Looks at the newest tokens of a log.
    ///
    /// - Parameter setting: the capacity and the policy in force; tokens routed by others came before they were. Nil
    ///   while something moves the capacity all the time: then all tokens count.
    init(_ log: TraceLog, weights: WeightBytes, setting: RoutingSetting?) {
        let count =
            setting.map { log.tokensSinceDialTurn(to: $0, limit: RecentRouting.window) }
            ?? min(log.columns.count, RecentRouting.window)
        let recent = log.columns.suffix(count)
        var work = 0.0
        var seen = 0
        var share = 0.0
        for column in recent {
            let routing = column.token.routing
            share += weights.shareRead(by: routing)
            let routed = log.blocks.routed.filter(routing.grades.indices.contains)
            work += routing.work(at: routed, thinWork: weights.thinWork)
            seen += routed.count
        }
        realisedOverall = seen > 0 ? work / Double(seen) : nil
        shareRead = count > 0 ? share / Double(count) : nil
    }
}
