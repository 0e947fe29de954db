import Conversations
import Tokenization

extension Conversation {
    /// The branch as the chat template takes it: the system prompt, where there is one, then what was said.
    var chatMessages: [ChatMessage] {
        let system = systemPrompt.map { [ChatMessage(role: .system, content: $0)] } ?? []
        return system
            + branch.map { message in
                ChatMessage(role: message.role == .user ? .user : .assistant, content: message.text)
            }
    }
}
