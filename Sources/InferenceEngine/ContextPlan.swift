/// Which messages of a conversation the model gets to see.
///
/// The plan is a function of the conversation alone: it replays every turn, dropping the oldest whole turns
/// whenever the context would have overflowed there, and then down to half of it, so that the many turns that
/// follow find their prefix still in the KV cache. System messages and the newest turn always stay.
package struct ContextPlan: Sendable, Hashable {
    /// What the plan needs to know of a message.
    package struct Message: Sendable, Hashable {
        /// Whether it is a system message, which always stays.
        package var isSystem: Bool
        /// Whether it is the user's, which begins a turn.
        package var isUser: Bool
        /// The message's length in tokens, the template's own included.
        package var tokens: Int

        /// Creates what the plan needs to know of a message.
        package init(isSystem: Bool, isUser: Bool, tokens: Int) {
            self.isSystem = isSystem
            self.isUser = isUser
            self.tokens = tokens
        }
    }

    /// Indices of the messages that the model sees, ascending.
    package let kept: [Int]
    /// How many of the oldest messages the model does not see.
    package let droppedCount: Int

    /// The least room, in tokens, that a reply is sure of: an eighth of the context, or `maximumTokens` where that is
    /// less.
    package static func reserve(contextLength: Int, maximumTokens: Int) -> Int {
        min(max(maximumTokens, 1), max(contextLength / 8, 1))
    }

    /// Plans for a prompt of at most `limit` tokens, `closing` of which open the reply.
    ///
    /// - Throws: `EngineError.promptTooLong` when the system prompt and the newest turn alone are longer than `limit`.
    package init(_ messages: [Message], closing: Int, limit: Int) throws(EngineError) {
        let turns = Turn.split(messages)
        var firstKept = 0
        var seen = closing + messages.reduce(0) { $0 + ($1.isSystem ? $1.tokens : 0) }
        // Where an answer ran over the limit, turns were dropped for the question after it. To drop them here already
        // comes to the same: no question could have fitted any more.
        for (index, turn) in turns.enumerated() {
            seen += turn.tokens
            guard seen > limit else { continue }
            while firstKept < index, seen > limit / 2 {
                seen -= turns[firstKept].tokens
                firstKept += 1
            }
        }
        guard seen <= limit else { throw .promptTooLong(tokens: seen, limit: limit) }
        let start = firstKept < turns.count ? turns[firstKept].start : messages.count
        kept = messages.indices.filter { $0 >= start || messages[$0].isSystem }
        droppedCount = messages.count - kept.count
    }
}

/// A turn of a conversation: a question and all that follows it up to the next question.
private struct Turn {
    /// The index of the turn's first message.
    var start: Int
    /// Tokens of the turn's messages.
    var tokens: Int

    static func split(_ messages: [ContextPlan.Message]) -> [Turn] {
        var turns: [Turn] = []
        for (index, message) in messages.enumerated() where !message.isSystem {
            if message.isUser || turns.isEmpty {
                turns.append(Turn(start: index, tokens: message.tokens))
            } else {
                turns[turns.count - 1].tokens += message.tokens
            }
        }
        return turns
    }
}
