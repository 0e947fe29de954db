package import Tokenization

/// The tokens that the model is given to answer a conversation.
package struct Prompt {
    /// The prompt's tokens, up to and including those that open the reply.
    package let tokens: [Int32]
    /// How many of the oldest messages had no room in the context.
    package let droppedCount: Int

    /// Lays out a conversation, with the model's default system prompt where it has none, and leaves out the oldest
    /// turns that have no room beside a reply of `maximumTokens`, by a `ContextPlan`.
    ///
    /// - Parameter start: the text that the reply is to go on after; empty for a new reply.
    /// - Throws: `EngineError.promptTooLong` when the system prompt and the newest turn alone have no room.
    package init(
        _ conversation: [ChatMessage], continuing start: String = "", transcript: inout Transcript,
        contextLength: Int, maximumTokens: Int
    ) throws(EngineError) {
        let reserve = ContextPlan.reserve(contextLength: contextLength, maximumTokens: maximumTokens)
        let limit = contextLength - reserve
        // Megabytes are not taken apart only to be refused.
        let staying = conversation.filter { $0.role == .system } + conversation.suffix(1)
        let least = transcript.leastTokens(for: staying)
        guard least <= limit else { throw .promptTooLong(tokens: least, limit: limit) }
        let (messages, encoded) = Self.layOut(conversation, by: &transcript)
        let closing = transcript.opening(after: start)
        let plan = try ContextPlan(messages, closing: closing.count, limit: limit)
        tokens = plan.kept.flatMap { encoded[$0] } + closing
        droppedCount = plan.droppedCount
    }

    /// How many tokens of a conversation, with the model's default system prompt where it has none, are left in the
    /// prompt of whatever is asked next; 0 where the system prompt alone leaves no room to ask anything.
    package static func seenTokens(
        of conversation: [ChatMessage], transcript: inout Transcript, contextLength: Int, maximumTokens: Int
    ) -> Int {
        let (messages, _) = layOut(conversation, by: &transcript)
        let reserve = ContextPlan.reserve(contextLength: contextLength, maximumTokens: maximumTokens)
        // Ends a last turn that has outgrown the limit, so that it is dropped as it would be for a real question.
        let question = ContextPlan.Message(isSystem: false, isUser: true, tokens: 0)
        let plan = try? ContextPlan(
            messages + [question], closing: transcript.opening(after: "").count,
            limit: contextLength - reserve)
        return plan?.kept.dropLast().reduce(0) { $0 + messages[$1].tokens } ?? 0
    }

    /// The messages of a conversation, the model's default system prompt in front where it has none, and the tokens of
    /// each.
    private static func layOut(
        _ conversation: [ChatMessage], by transcript: inout Transcript
    ) -> (messages: [ContextPlan.Message], tokens: [[Int32]]) {
        var conversation = conversation
        if conversation.first?.role != .system {
            conversation.insert(
                ChatMessage(role: .system, content: ChatTemplate.defaultSystemPrompt), at: 0)
        }
        let encoded = transcript.tokens(for: conversation)
        let messages = zip(conversation, encoded).map { message, tokens in
            ContextPlan.Message(
                isSystem: message.role == .system, isUser: message.role == .user, tokens: tokens.count)
        }
        return (messages, encoded)
    }
}
