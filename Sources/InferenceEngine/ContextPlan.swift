/// Which messages of a conversation the model gets to see.
///
/// The plan is a function of the conversation alone: it replays every turn, dropping the oldest whole turns
/// whenever the context would have overflowed there, and then down to half of it, so that the many turns that
/// follow find their prefix still in the KV cache. System messages and the newest turn always stay.
package struct ContextPlan: Sendable, Hashable {
    /// One message as the plan sees it.
    package struct Message: Sendable, Hashable {
        package var isSystem: Bool
        package var isUser: Bool
        /// Its length in tokens, the template's own included.
        package var tokens: Int

        package init(isSystem: Bool, isUser: Bool, tokens: Int) {
            self.isSystem = isSystem
            self.isUser = isUser
            self.tokens = tokens
        }
    }

    /// Indices of the messages that stay, ascending.
    package let kept: [Int]
    /// How many of the oldest messages the model does not see.
    package let droppedCount: Int

    /// The least room, in tokens, a reply is sure of: an eighth of the context, or less where less was asked for.
    package static func reserve(contextLength: Int, maximumTokens: Int) -> Int {
        min(max(maximumTokens, 1), max(contextLength / 8, 1))
    }

    /// Plans for a prompt of at most `limit` tokens, `closing` of which open the reply.
    ///
    /// - Throws: `promptTooLong` when the system prompt and the newest turn alone are longer than `limit`.
    package init(_ messages: [Message], closing: Int, limit: Int) throws(EngineError) {
        let turns = Turn.split(messages)
        let pinned = closing + messages.reduce(0) { $0 + ($1.isSystem ? $1.tokens : 0) }
        var firstKept = 0
        var seen = pinned
        for (index, turn) in turns.enumerated() {
            let isNewest = index == turns.count - 1
            let asked = isNewest ? turn.tokens : turn.questionTokens
            if seen + asked > limit {
                while firstKept < index, seen + asked > limit / 2 {
                    seen -= turns[firstKept].tokens
                    firstKept += 1
                }
            }
            if isNewest, seen + asked > limit {
                throw .promptTooLong(tokens: seen + asked, limit: limit)
            }
            seen += turn.tokens
        }
        if turns.isEmpty, pinned > limit {
            throw .promptTooLong(tokens: pinned, limit: limit)
        }
        let start = firstKept < turns.count ? turns[firstKept].start : messages.count
        kept = messages.indices.filter { $0 >= start || messages[$0].isSystem }
        droppedCount = messages.count - kept.count
    }
}

/// A question and all that follows it up to the next question.
private struct Turn {
    /// Index of its first message.
    var start: Int
    /// Tokens of the first message: what was new when the reply was asked for.
    var questionTokens: Int
    /// Tokens of all its messages.
    var tokens: Int

    static func split(_ messages: [ContextPlan.Message]) -> [Turn] {
        var turns: [Turn] = []
        for (index, message) in messages.enumerated() where !message.isSystem {
            if message.isUser || turns.isEmpty {
                turns.append(Turn(start: index, questionTokens: message.tokens, tokens: message.tokens))
            } else {
                turns[turns.count - 1].tokens += message.tokens
            }
        }
        return turns
    }
}
