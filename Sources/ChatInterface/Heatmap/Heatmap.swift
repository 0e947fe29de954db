import InferenceEngine
import MoDModel

/// What the heatmap shows: how the blocks took the newest tokens.
struct Heatmap: Sendable {
    /// The newest tokens and their routing.
    private(set) var log: TraceLog
    /// What the colours tell.
    var mode = MapMode.score
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

    /// Shows the tokens of an earlier turn, of which it is not known what they were routed by.
    mutating func restore(_ turn: [TracedToken]) {
        guard !turn.isEmpty else { return }
        log.beginTurn()
        log.append(turn.lazy.map { (token: $0, setting: nil) })
    }
}
