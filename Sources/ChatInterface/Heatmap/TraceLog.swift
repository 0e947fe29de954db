import DequeModule
import InferenceEngine
import MoDModel

/// A token of the trace log: one column of the heatmap.
struct TraceColumn: Sendable, Hashable {
    var token: TracedToken
    /// The capacity and the policy that the token was routed by; nil where they are not known: the conversation was
    /// read back from the store.
    var setting: RoutingSetting?
    /// The number of the turn, so that the heatmap can show where one ends and the next begins.
    var turn: Int
    /// Whether the token belongs to the chat template: it marks where a message begins or ends, or who speaks.
    var isTemplate: Bool

    /// Whether the model wrote the token; else it read it in the prompt.
    var isReply: Bool { token.prediction != nil }
}

/// The newest tokens that went through the model, for the heatmap. Older ones are let go, so that a long chat
/// needs no more memory than a short one.
///
/// Tokens are named by their ordinal, which never changes; the first token of the chat has ordinal 0.
struct TraceLog: Sendable {
    /// How many tokens are kept: the context of the models there are, at about a kilobyte a token.
    static let limit = 8192
    /// Tokens over which the range of a block's scores is found, enough for stable percentiles, and after which it is
    /// found again.
    private static let scaleWindow = 256

    let blocks: BlockMap
    /// The ordinal of the conversation's first token.
    private var origin: Int
    private(set) var columns: Deque<TraceColumn> = []
    /// The ordinal of the oldest token kept.
    private(set) var firstOrdinal: Int
    /// [blocks]: what counts as a low and a high score at the block.
    private(set) var scales: [ScoreScale]
    private var turn = 0
    private var template = TemplateTokens()

    init(blocks: BlockMap, firstOrdinal: Int = 0) {
        self.firstOrdinal = firstOrdinal
        origin = firstOrdinal
        self.blocks = blocks
        scales = Array(repeating: .unknown, count: blocks.count)
    }

    /// How many tokens of the conversation went through the model, kept or not.
    var length: Int { ordinals.upperBound - origin }

    /// Takes the newest tokens out, so that the conversation has so many.
    mutating func truncate(to count: Int) {
        columns.removeLast(min(max(0, length - count), columns.count))
        // Of tokens that were let go, too, only the number stays.
        origin += max(0, length - count)
        template = TemplateTokens()
    }

    /// Which token of the conversation an ordinal names, the first being 1.
    func number(of ordinal: Int) -> Int { ordinal - origin + 1 }

    /// The ordinals of the tokens that are kept.
    var ordinals: Range<Int> { firstOrdinal..<(firstOrdinal + columns.count) }

    /// The token of an ordinal; nil where it is not kept.
    subscript(ordinal: Int) -> TraceColumn? {
        ordinals.contains(ordinal) ? columns[ordinal - firstOrdinal] : nil
    }

    /// The tokens of the turn that began last, as far as they are kept.
    var currentTurn: [TraceColumn] {
        columns.reversed().prefix { $0.turn == turn }.reversed()
    }

    /// Begins a turn: the tokens appended from here on belong to it.
    mutating func beginTurn() {
        turn += 1
    }

    /// How many of the newest tokens, up to `limit`, were routed by this capacity and policy, with none by others among
    /// them: the tokens since the dial was turned to where it stands.
    func tokensSinceDialTurn(to setting: RoutingSetting, limit: Int) -> Int {
        columns.suffix(limit).reversed().prefix { $0.setting == setting }.count
    }

    /// Appends tokens, each with the capacity and the policy that it was routed by, where they are known.
    mutating func append(_ tokens: some Sequence<(token: TracedToken, setting: RoutingSetting?)>) {
        var isTimeToRescale = false
        for (token, setting) in tokens {
            if columns.count == TraceLog.limit {
                columns.removeFirst()
                firstOrdinal += 1
            }
            columns.append(
                TraceColumn(
                    token: token, setting: setting, turn: turn, isTemplate: template.take(token.text)))
            isTimeToRescale = isTimeToRescale || isNewestTheLastOfAScale
        }
        if isTimeToRescale { rescale() }
    }

    /// Whether the ranges of scores are to be found anew after the newest token: often at the start, when every token
    /// changes the picture; then now and then.
    private var isNewestTheLastOfAScale: Bool {
        let count = ordinals.upperBound
        let interval =
            columns.count < 32 ? 1 : columns.count < TraceLog.scaleWindow ? 32 : TraceLog.scaleWindow
        return count.isMultiple(of: interval)
    }

    private mutating func rescale() {
        let window = columns.suffix(TraceLog.scaleWindow)
        for block in blocks.routed {
            let scores = window.compactMap { blocks.score(of: $0.token.routing, at: block) }
            scales[block] = ScoreScale(of: scores)
        }
    }
}
