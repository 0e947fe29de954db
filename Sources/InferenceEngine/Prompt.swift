package import Tokenization

/// The tokens that the model is given to answer a conversation.
package struct Prompt {
    /// The prompt's tokens, up to and including those that open the reply.
    package let tokens: [Int32]
    /// How many of the oldest messages had no room in the context.
    package let droppedCount: Int

    /// Lays out a conversation by the model's chat template, and leaves out the oldest
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
        let messages = Self.layOut(conversation, by: &transcript)
        let closing = transcript.opening(after: start)
        let around = transcript.opening(of: conversation).count + closing.count
        let plan = try ContextPlan(messages, closing: around, limit: limit)
        // What is the first message of the user may have changed, and with it where a system prompt stands.
        tokens = transcript.tokens(ofChosen: plan.kept.map { conversation[$0] }) + closing
        droppedCount = plan.droppedCount
    }

    /// How many tokens of a conversation are left in the prompt of whatever is asked next, those that open it and a
    /// default system prompt among them; 0 where the system prompt alone leaves no room to ask anything.
    package static func seenTokens(
        of conversation: [ChatMessage], transcript: inout Transcript, contextLength: Int, maximumTokens: Int
    ) -> Int {
        let messages = layOut(conversation, by: &transcript)
        let reserve = ContextPlan.reserve(contextLength: contextLength, maximumTokens: maximumTokens)
        // Ends a last turn that has outgrown the limit, so that it is dropped as it would be for a real question.
        let question = ContextPlan.Message(isSystem: false, isUser: true, tokens: 0)
        let asked = conversation + [ChatMessage(role: .user, content: "")]
        let opening = transcript.opening(of: asked).count
        let plan = try? ContextPlan(
            messages + [question], closing: opening + transcript.opening(after: "").count,
            limit: contextLength - reserve)
        return plan.map { $0.kept.dropLast().reduce(opening) { $0 + messages[$1].tokens } } ?? 0
    }

    /// What a plan is to know of each message of a conversation.
    private static func layOut(
        _ conversation: [ChatMessage], by transcript: inout Transcript
    ) -> [ContextPlan.Message] {
        zip(conversation, transcript.tokens(for: conversation)).map { message, tokens in
            ContextPlan.Message(
                isSystem: message.role == .system, isUser: message.role == .user, tokens: tokens.count)
        }
    }
}
