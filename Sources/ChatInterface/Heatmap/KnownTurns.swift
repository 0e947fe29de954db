import Conversations
import InferenceEngine

/// The tokens of turns and their routing, by the message that ended each turn: those on the screen and those of other
/// versions, so that who walks from one version to another sees each one's own tokens.
struct KnownTurns: Sendable {
    /// A token, with the capacity and the policy that it was routed by, where they are known.
    typealias Token = (token: TracedToken, setting: RoutingSetting?)

    struct Turn: Sendable {
        /// The first token's place in the context; nil where that is not known: right after the turn before.
        var start: Int?
        var tokens: [Token]
    }

    /// The most tokens that are kept, over all turns; the turns kept first are let go first.
    private static let limit = 2 * TraceLog.limit

    private var turns: [Message.ID: Turn] = [:]
    private var order: [Message.ID] = []
    private var count = 0

    /// A turn; nil where its tokens are not known.
    subscript(message: Message.ID) -> Turn? { turns[message] }

    /// Keeps a turn.
    mutating func keep(_ turn: Turn, of message: Message.ID) {
        guard !turn.tokens.isEmpty else { return }
        if let known = turns[message] {
            count -= known.tokens.count
        } else {
            order.append(message)
        }
        turns[message] = turn
        count += turn.tokens.count
        while count > KnownTurns.limit, order.count > 1 {
            count -= turns.removeValue(forKey: order.removeFirst())?.tokens.count ?? 0
        }
    }
}
