/// What a chat template puts in front of, between and after the messages of a conversation.
package struct ChatLayout: Sendable, Hashable {
    /// What stands around the content of a message.
    struct Frame: Sendable, Hashable {
        /// What stands in front of the content.
        var before: String
        /// What stands after it.
        var after: String
        /// Whether the content's white space is dropped at its front and at its back.
        var trimsFront = false
        var trimsBack = false

        /// The content of a message as it stands in the frame.
        func trimmed(_ content: String) -> String {
            content.trimmed(front: trimsFront, back: trimsBack)
        }

        /// A message with all that stands around it.
        func text(around content: String) -> String {
            before + trimmed(content) + after
        }
    }

    /// What a conversation without a system prompt begins with; a default system prompt, where the template has one.
    var opening: String
    /// What stands around a system prompt. Where that is a message, `before` begins with what opens the conversation;
    /// else it is a part of the first user message, in front of what the user says.
    var system: Frame
    /// Whether the system prompt is a message of its own.
    package var systemIsMessage: Bool
    /// Whether the front of what the user says is trimmed where a part of the system prompt stands in front of it.
    var trimsFrontAfterSystem: Bool
    /// What stands around what the user says.
    var user: Frame
    /// What stands around what the model has said.
    var assistant: Frame
    /// What asks the model for a reply.
    var generationPrompt: String

    /// What stands around a message of a role.
    subscript(role: ChatMessage.Role) -> Frame {
        switch role {
        case .system: system
        case .user: user
        case .assistant: assistant
        }
    }

    /// The messages as they are laid out: where a system prompt is no message, it is put in front of the next thing
    /// that the user says.
    func arranged(_ conversation: [ChatMessage]) -> [ChatMessage] {
        guard !systemIsMessage else { return conversation }
        var arranged: [ChatMessage] = []
        var waiting = ""
        for message in conversation {
            switch message.role {
            case .system:
                waiting += system.text(around: message.content)
            case .user:
                // Its back, and the front of the whole, are trimmed later.
                let content =
                    waiting
                    + message.content.trimmed(
                        front: !waiting.isEmpty && trimsFrontAfterSystem, back: false)
                arranged.append(ChatMessage(role: .user, content: content))
                waiting = ""
            case .assistant:
                arranged.append(message)
            }
        }
        if !waiting.isEmpty { arranged.append(ChatMessage(role: .user, content: waiting)) }
        return arranged
    }

    /// The texts that meet where one message ends and the next begins.
    var seams: [(String, String)] {
        let seams = [
            (opening, user.before), (user.after, assistant.before), (assistant.after, user.before),
            (user.after, generationPrompt),
        ]
        return systemIsMessage ? seams + [(system.after, user.before)] : seams
    }

    /// A conversation as one text.
    package func text(of conversation: [ChatMessage], addingGenerationPrompt: Bool) -> String {
        let messages = arranged(conversation)
        let start = messages.first?.role == .system ? "" : opening
        return start + messages.map { self[$0.role].text(around: $0.content) }.joined()
            + (addingGenerationPrompt ? generationPrompt : "")
    }
}
