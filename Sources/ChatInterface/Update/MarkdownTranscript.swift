import MoDModel
import Tokenization

/// Writes the conversation as Markdown, for people to read.
enum MarkdownTranscript {
    static func text(of state: ChatState) -> String {
        let parts = state.transcript.messages.map { message in
            "## \(heading(message.role, state.model.name))\n\n\(message.content)\n"
        }
        return (["# A conversation with \(state.model.name)\n"] + parts).joined(separator: "\n")
    }

    private static func heading(_ role: ChatMessage.Role, _ model: String) -> String {
        switch role {
        case .system: "System prompt"
        case .user: "You"
        case .assistant: model
        }
    }
}
