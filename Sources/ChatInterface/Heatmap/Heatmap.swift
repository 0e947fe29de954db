import Conversations
import InferenceEngine
import MoDModel

/// What the heatmap shows: how the blocks took the newest tokens.
struct Heatmap: Sendable {
    /// The newest tokens and their routing.
    private(set) var log: TraceLog
    /// What the colours tell.
    var mode = MapMode.score
    /// How many tokens a column stands for.
    var zoom = MapZoom()
    /// A turn that tokens came of.
    private struct Turn: Sendable, Hashable {
        /// The ordinal of its first token.
        let first: Int
        /// The message that its reply went into; nil where that is not known.
        let message: Message.ID?
    }

    /// The turns, the oldest first.
    private var turns: [Turn] = []
    /// The reply that is shown again; nil as a rule.
    var replay: Replay?
    /// By ordinal, after how many blocks what follows a token was settled, as far as that was computed.
    private(set) var settled: [Int: Int] = [:]
    /// How the work done for tokens goes with their settling depth, and of how many; nil where that was not computed.
    private(set) var correlation: (value: Double?, tokens: Int)?

    init(_ model: ModelDescription) {
        log = TraceLog(blocks: BlockMap(model))
    }

    /// Forgets all tokens.
    mutating func clear() {
        // An ordinal names one token for ever: what was asked about another is then about none of these.
        log = TraceLog(blocks: log.blocks, firstOrdinal: log.ordinals.upperBound)
        settled = [:]
        correlation = nil
        turns = []
        replay = nil
    }

    /// Takes in what the lens found of tokens.
    mutating func take(_ answer: DepthAnswer) {
        switch answer {
        case .settled(let depths, let first):
            for (place, depth) in depths.enumerated() { settled[first + place] = depth }
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
    mutating func receive(_ event: GenerationEvent) {
        switch event.kind {
        case .prompt(let tokens, _, _):
            log.append(
                tokens.map { (TracedToken($0), RoutingSetting(capacity: $0.capacity, policy: $0.policy)) })
        case .token(let token):
            guard let traced = TracedToken(token) else { return }
            log.append([(traced, RoutingSetting(capacity: token.capacity, policy: token.policy))])
        case .droppedOldestMessages, .finished, .failed:
            break
        }
    }

    /// Shows the tokens of the newest turns of a conversation that was read back, the oldest first, of which it is not
    /// known what they were routed by. Those of some turns may be missing.
    mutating func restore(_ turns: [[TracedToken]], of conversation: Conversation) {
        var replies = conversation.branch.filter { $0.role == .assistant }[...]
        var messages: [Message.ID?] = []
        for turn in turns.reversed() {
            let said = turn.filter { $0.prediction != nil }.map(\.text)
            let place = replies.suffix(Heatmap.mostMissing).lastIndex { TokenPlaces.fit(said, in: $0.text) }
            messages.append(place.map { replies[$0].id })
            if let place { replies = replies[..<place] }
        }
        for (turn, message) in zip(turns, messages.reversed()) where !turn.isEmpty {
            beginTurn(of: message)
            log.append(turn.lazy.map { (token: $0, setting: nil) })
        }
    }

    /// Replies among which that of a turn is looked for.
    private static let mostMissing = 8
}
