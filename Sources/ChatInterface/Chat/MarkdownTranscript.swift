import Conversations

/// Writes a conversation's branch as Markdown, for people to read.
enum MarkdownTranscript {
    static func text(of conversation: Conversation, modelName: String) -> String {
        let system = conversation.systemPrompt.map { ["## System prompt\n\n\($0)\n"] } ?? []
        let messages = conversation.branch.map { message in
            "## \(message.role == .user ? "You" : modelName)\n\n\(message.text)\n"
        }
        return (["# A conversation with \(modelName)\n"] + system + messages).joined(separator: "\n")
    }
}
