import InferenceEngine
import MoDModel

/// What the heatmap shows: how the blocks took the newest tokens.
struct Heatmap: Sendable {
    /// The newest tokens and their routing.
    private(set) var log: TraceLog

    init(_ model: ModelDescription) {
        log = TraceLog(blocks: BlockMap(model))
    }

    /// Forgets all tokens.
    mutating func clear() {
        log = TraceLog(blocks: log.blocks)
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
