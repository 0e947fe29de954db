import InferenceEngine
import MoDModel

/// What the routers did with the newest tokens: how far the model follows the dial, and what that saves.
struct RecentRouting: Sendable, Hashable {
    /// The most tokens that are looked at, enough that the figures are calm.
    static let window = 64

    /// [blocks]: the block's work ÷ that of all tokens in full; nil where nothing was measured. Over the tokens since
    /// the capacity or the policy last changed, or, while none has come since, over those before.
    let realised: [Double?]
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
