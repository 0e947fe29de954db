public import Conversations
import TerminalKit

/// Writes a conversation's branch as Markdown, for people to read: nothing in it works as an escape sequence where the
/// file is shown in a terminal.
public enum MarkdownTranscript {
    /// The document.
    ///
    /// - Parameter modelName: The name of the model that the conversation is held with.
    public static func text(of conversation: Conversation, modelName: String) -> String {
        let modelName = TextSanitizer.sanitized(modelName, keepingNewlines: false)
        let system = conversation.systemPrompt.map { ["## System prompt\n\n\($0)\n"] } ?? []
        let messages = conversation.branch.map { message in
            "## \(message.role == .user ? "You" : modelName)\n\n\(message.text)\n"
        }
        let text = (["# A conversation with \(modelName)\n"] + system + messages).joined(separator: "\n")
        return TextSanitizer.sanitized(text)
    }
}
