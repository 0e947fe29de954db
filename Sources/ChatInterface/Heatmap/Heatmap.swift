import Conversations
import InferenceEngine
import MoDModel

/// What the heatmap shows: how the blocks took the newest tokens.
struct Heatmap: Sendable {
    /// A turn that tokens came of.
    private struct Turn: Sendable, Hashable {
        /// The ordinal of its first token.
        var first: Int
        /// The message that its reply went into; nil where that is not known.
        let message: Message.ID?
    }

    /// The newest tokens and their routing.
    private(set) var log: TraceLog
    /// The turns in the log, the oldest first.
    private var turns: [Turn] = []
    /// The turns of this conversation, also those that are not shown.
    private var known = KnownTurns()
    /// The tokens of the engine's context, as far as they are known: what a reply need not read again.
    private var computed: [KnownTurns.Token] = []
    /// Whether something of the turn under way was told.
    private var hasTurnBegun = false
    /// The place in the context of the first token of the turn under way; nil where that is not known.
    private var turnStart: Int?
    /// What the colours tell.
    var mode = MapMode.score
    /// How many tokens a column stands for.
    var zoom = MapZoom()
    /// The reply that is shown again; nil as a rule.
    var replay: Replay?
    /// By ordinal, after how many blocks what follows a token was settled, as far as that was computed.
    private(set) var settled: [Int: Int] = [:]
    /// How the work done for tokens goes with their settling depth, and of how many; nil where that was not computed.
    private(set) var correlation: (value: Double?, tokens: Int)?

    init(_ model: ModelDescription) {
        log = TraceLog(blocks: BlockMap(model))
    }

    /// Forgets all tokens: another conversation begins.
    mutating func clear() {
        known = KnownTurns()
        computed = []
        empty()
    }

    private mutating func empty() {
        // An ordinal names one token for ever: what was asked about another is then about none of these.
        log = TraceLog(blocks: log.blocks, firstOrdinal: log.ordinals.upperBound)
        settled = [:]
        correlation = nil
        turns = []
        replay = nil
    }

    /// Tokens in the context at the end of the branch that is shown; nil where some of its turns are not known well
    /// enough.
    var contextTokens: Int? {
        turns.allSatisfy { $0.message.flatMap { known[$0]?.start } != nil } ? log.length : nil
    }

    /// Ends a turn. Its tokens belong to a message; nil where nothing came of it, whereupon `show` shows the others
    /// anew.
    mutating func endTurn(of message: Message.ID?) {
        guard let message else { return empty() }
        let tokens = log.currentTurn.map { ($0.token, $0.setting) }
        guard !tokens.isEmpty else { return }
        known.keep(KnownTurns.Turn(start: turnStart, tokens: tokens), of: message)
    }

    /// Tokens by which the beginning of a context is told from that of a later turn.
    private static let beginningLength = 4

    /// Takes in the tokens of turns of which it is not known what they were routed by.
    mutating func learn(_ traces: [Message.ID: [TracedToken]]) {
        var beginning: [Int32] = []
        for (message, tokens) in traces.sorted(by: { $0.key < $1.key }) {
            // A turn that begins as the oldest does read the whole context anew: a session began with it.
            let ids = tokens.prefix(Heatmap.beginningLength).map(\.id)
            let start = ids.count == Heatmap.beginningLength && ids == beginning ? 0 : nil
            if beginning.isEmpty { beginning = ids }
            known.keep(KnownTurns.Turn(start: start, tokens: tokens.map { ($0, nil) }), of: message)
        }
    }

    /// Shows the turns of a branch, the oldest message first, and no others.
    ///
    /// - Returns: the replies of the branch whose tokens are not known.
    @discardableResult
    mutating func show(_ branch: some Collection<Message>) -> [Message.ID] {
        let replies = branch.filter { $0.role == .assistant }.map(\.id).filter { known[$0] != nil }
        // Turns that were let go are out of sight by themselves.
        if replies != turns.compactMap(\.message).filter({ known[$0] != nil }) {
            empty()
            for message in replies {
                guard let turn = known[message] else { continue }
                if let start = turn.start { truncate(to: start) }
                log.beginTurn()
                turns.append(Turn(first: log.ordinals.upperBound, message: message))
                log.append(turn.tokens)
            }
        }
        return branch.filter { $0.role == .assistant && known[$0.id] == nil }.map(\.id)
    }

    /// Takes in what the lens found of tokens.
    mutating func take(_ answer: DepthAnswer) {
        switch answer {
        case .settled(let depths, let first):
            for (place, depth) in depths.enumerated() { settled[first + place] = depth }
            settled = settled.filter { log.ordinals.contains($0.key) }
        case .correlation(let value, let tokens): correlation = (value, tokens)
        case .lens, .whatIf, .failed: break
        }
    }

    /// The ordinals of the tokens that are shown.
    var ordinals: Range<Int> {
        log.ordinals.clamped(to: 0..<(replay?.end ?? log.ordinals.upperBound))
    }

    /// What became of the tokens of some ordinals at every block, taken together.
    func blends(of ordinals: Range<Int>) -> [HeatBlend] {
        var blends = Array(repeating: HeatBlend(), count: log.blocks.count)
        for ordinal in ordinals {
            guard let routing = log[ordinal]?.token.routing else { continue }
            let depth = settled[ordinal]
            for block in blends.indices { blends[block].add(face(of: routing, settledAt: depth, at: block)) }
        }
        return blends
    }

    /// What became of a token at every block, as the mode has it.
    func faces(of ordinal: Int) -> [HeatFace]? {
        guard let routing = log[ordinal]?.token.routing else { return nil }
        let depth = settled[ordinal]
        return (0..<log.blocks.count).map { face(of: routing, settledAt: depth, at: $0) }
    }

    /// What became of a token at a block, as the mode has it; `depth` is after how many blocks what follows the token
    /// was settled, where that is known.
    private func face(of routing: TokenRouting, settledAt depth: Int?, at block: Int) -> HeatFace {
        if mode == .settled {
            guard let depth else { return .unknown }
            return block < depth ? .full(level: Double(depth) / Double(log.blocks.count)) : .bypassed
        }
        let outcome = log.blocks.outcome(of: routing, at: block)
        let scale = log.scales[block]
        let face = HeatFace(outcome, scale)
        switch (mode, outcome) {
        case (.processed, _): return face.withoutLevel
        case (.margin, .routed(let decision)):
            return face.at(level: scale.margin(decision.score - decision.thresholds.thin))
        case (.rank, .routed(let decision)): return face.at(level: scale.rank(of: decision.score))
        default: return face
        }
    }

    /// Begins a turn: the tokens that come from here on belong to it.
    ///
    /// - Parameter message: the message that the reply goes into, where that is known.
    mutating func beginTurn(of message: Message.ID?) {
        replay = nil
        log.beginTurn()
        hasTurnBegun = false
        turnStart = nil
        correlation = nil
        turns.append(Turn(first: log.ordinals.upperBound, message: message))
    }

    /// The tokens of the reply that is or goes into a message, by ordinal, as far as they are kept.
    func tokens(of message: Message.ID) -> Range<Int> {
        guard let place = turns.lastIndex(where: { $0.message == message }) else { return 0..<0 }
        return reply(ofTurn: place)
    }

    /// The tokens of the reply in a token's turn, by ordinal; nil where there are none.
    func reply(around ordinal: Int) -> Range<Int>? {
        turns.lastIndex { $0.first <= ordinal }.map(reply(ofTurn:)).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The message that the reply in a token's turn went into; nil where that is not known.
    func message(of ordinal: Int) -> Message.ID? { turns.last { $0.first <= ordinal }?.message }

    private func reply(ofTurn place: Int) -> Range<Int> {
        let end = place + 1 < turns.count ? turns[place + 1].first : log.ordinals.upperBound
        let turn = (turns[place].first..<end).clamped(to: log.ordinals)
        return (turn.first { log[$0]?.isReply == true } ?? turn.upperBound)..<turn.upperBound
    }

    /// What some tokens say: nothing, where they belong to the chat template.
    func texts(of ordinals: Range<Int>) -> [String] {
        ordinals.map { ordinal in
            guard let column = log[ordinal], !column.isTemplate else { return "" }
            return column.token.text
        }
    }

    /// Takes in the tokens of an event, each with the capacity and the policy that it was routed by.
    ///
    /// - Returns: the tokens that the event added to the turn: also those that the reply has from the context and did
    ///   not read again.
    @discardableResult
    mutating func receive(_ event: GenerationEvent) -> [TracedToken] {
        let new: [KnownTurns.Token]
        switch event.kind {
        case .prompt(let tokens, _, _):
            new = tokens.map {
                (TracedToken($0), RoutingSetting(capacity: $0.capacity, policy: $0.policy))
            }
        case .token(let token):
            guard let traced = TracedToken(token) else { return [] }
            new = [(traced, RoutingSetting(capacity: token.capacity, policy: token.policy))]
        case .droppedOldestMessages, .finished, .failed:
            return []
        }
        var added = new
        if !hasTurnBegun, let end = event.contextTokens { added = reused(before: end - new.count) + new }
        hasTurnBegun = true
        log.append(added)
        computed += new
        return added.map(\.token)
    }

    /// Has the log end where a turn's first new token goes: what it had from there on is no longer in the context.
    ///
    /// - Returns: the tokens before it that the log lacks: another version of the turn left them in the context.
    private mutating func reused(before start: Int) -> [KnownTurns.Token] {
        guard start >= 0 else { return [] }
        computed = Array(computed.prefix(start))
        truncate(to: start)
        let end = log.length
        guard computed.count == start, end <= start else { return [] }
        turnStart = end
        return Array(computed[end...])
    }

    /// Takes out the tokens from a place in the context on.
    private mutating func truncate(to count: Int) {
        guard log.length > count else { return }
        log.truncate(to: count)
        for place in turns.indices { turns[place].first = min(turns[place].first, log.ordinals.upperBound) }
        settled = settled.filter { $0.key < log.ordinals.upperBound }
    }
}
