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
    /// - Throws: `EngineError.promptTooLong` when the system prompt and the newest turn alone have no room.
    package init(
        _ conversation: [ChatMessage], transcript: inout Transcript, contextLength: Int, maximumTokens: Int
    ) throws(EngineError) {
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
        let reserve = ContextPlan.reserve(contextLength: contextLength, maximumTokens: maximumTokens)
        let closing = transcript.generationPrompt
        let plan = try ContextPlan(messages, closing: closing.count, limit: contextLength - reserve)
        tokens = plan.kept.flatMap { encoded[$0] } + closing
        droppedCount = plan.droppedCount
    }
}
