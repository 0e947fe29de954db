import Conversations
import InferenceEngine
import MoDModel

/// What the heatmap shows: how the blocks took the newest tokens.
struct Heatmap: Sendable {
    /// The newest tokens and their routing.
    private(set) var log: TraceLog
    /// The turns of this conversation, also those that are not shown.
    private var turns = KnownTurns()
    /// The messages that ended the turns in the log.
    private var shown: [Message.ID] = []
    /// The tokens of the engine's context, as far as they are known: what a reply need not read again.
    private var computed: [KnownTurns.Token] = []
    /// Whether something of the turn under way was told.
    private var hasTurnBegun = false
    /// The place in the context of the first token of the turn under way; nil where that is not known.
    private var turnStart: Int?
    /// Tokens in the context at the end of the branch that is shown; nil where some of its turns are not known well
    /// enough.
    var contextTokens: Int? {
        shown.allSatisfy { turns[$0]?.start != nil } ? log.length : nil
    }

    /// What the colours tell.
    var mode = MapMode.score
    /// By ordinal, after how many blocks what follows a token was settled, as far as that was computed.
    private(set) var settled: [Int: Int] = [:]
    /// How the work done for tokens goes with their settling depth, and of how many; nil where that was not computed.
    private(set) var correlation: (value: Double?, tokens: Int)?

    init(_ model: ModelDescription) {
        log = TraceLog(blocks: BlockMap(model))
    }

    /// Forgets all tokens: another conversation begins.
    mutating func clear() {
        turns = KnownTurns()
        computed = []
        empty()
    }

    private mutating func empty() {
        // An ordinal names one token for ever: what was asked about another is then about none of these.
        log = TraceLog(blocks: log.blocks, firstOrdinal: log.ordinals.upperBound)
        shown = []
        settled = [:]
        correlation = nil
    }

    /// Ends a turn. Its tokens belong to a message; nil where nothing came of it, whereupon `show` shows the others
    /// anew.
    mutating func endTurn(of message: Message.ID?) {
        guard let message else { return empty() }
        let tokens = log.currentTurn.map { ($0.token, $0.setting) }
        guard !tokens.isEmpty else { return }
        turns.keep(KnownTurns.Turn(start: turnStart, tokens: tokens), of: message)
        shown.append(message)
    }

    /// Takes in the tokens of turns of which it is not known what they were routed by.
    mutating func learn(_ traces: [Message.ID: [TracedToken]]) {
        for (message, tokens) in traces.sorted(by: { $0.key < $1.key }) {
            turns.keep(KnownTurns.Turn(tokens: tokens.map { ($0, nil) }), of: message)
        }
    }

    /// Shows the turns of a branch, the oldest message first, and no others.
    ///
    /// - Returns: the replies of the branch whose tokens are not known.
    @discardableResult
    mutating func show(_ branch: some Collection<Message>) -> [Message.ID] {
        let known = branch.map(\.id).filter { turns[$0] != nil }
        // Turns that were let go are out of sight by themselves.
        if known != shown.filter({ turns[$0] != nil }) || log.ordinals.isEmpty {
            empty()
            for message in known {
                guard let turn = turns[message] else { continue }
                if let start = turn.start { truncate(to: start) }
                log.beginTurn()
                log.append(turn.tokens)
            }
            shown = known
        }
        return branch.filter { $0.role == .assistant && turns[$0.id] == nil }.map(\.id)
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

    /// What became of a token at every block, as the mode has it.
    func faces(of ordinal: Int) -> [HeatFace]? {
        guard let routing = log[ordinal]?.token.routing else { return nil }
        switch mode {
        case .score: return log.faces(of: routing)
        case .processed: return log.faces(of: routing).map(\.withoutLevel)
        case .margin, .rank:
            return zip(log.faces(of: routing), 0...).map { face, block in
                let scale = log.scales[block]
                guard case .routed(let decision) = log.blocks.outcome(of: routing, at: block) else {
                    return face
                }
                let level =
                    mode == .rank
                    ? scale.rank(of: decision.score) : scale.margin(decision.score - decision.thresholds.thin)
                return face.at(level: level)
            }
        case .settled:
            guard let depth = settled[ordinal] else {
                return Array(repeating: .unknown, count: log.blocks.count)
            }
            return (0..<log.blocks.count).map { block in
                block < depth ? .full(level: Double(depth) / Double(log.blocks.count)) : .bypassed
            }
        }
    }

    /// Begins a turn: the tokens that come from here on belong to it.
    mutating func beginTurn() {
        log.beginTurn()
        hasTurnBegun = false
        turnStart = nil
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
        guard computed.count == start else { return [] }
        turnStart = end
        return Array(computed[end...])
    }

    /// Takes out the tokens from a place in the context on.
    private mutating func truncate(to count: Int) {
        guard log.length > count else { return }
        log.truncate(to: count)
        settled = settled.filter { $0.key < log.ordinals.upperBound }
    }
}
