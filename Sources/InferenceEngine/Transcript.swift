package import Tokenization

/// Turns a conversation into tokens, message by message, and remembers the replies as they were generated.
///
/// A model need not spell its reply the way the tokenizer would: the same text can be made of other tokens. What is
/// in the KV cache then is the truth, and encoding the text again would throw it away.
package struct Transcript {
    /// A message by the bytes of its text: Swift's strings are also equal where their bytes differ ("é").
    private struct Key: Hashable {
        var role: ChatMessage.Role
        var content: [UInt8]

        init(_ message: ChatMessage) {
            role = message.role
            content = Array(message.content.utf8)
        }
    }

    private let template: ChatTemplate
    /// The tokens of the messages of the last conversation, replies as they were generated.
    private var known: [Key: [Int32]] = [:]

    package init(_ template: ChatTemplate) {
        self.template = template
    }

    /// What opens a reply.
    package var generationPrompt: [Int32] {
        template.generationPrompt
    }

    /// The tokens of each message. Forgets messages that are not in `conversation`.
    package mutating func tokens(for conversation: [ChatMessage]) -> [[Int32]] {
        var stillKnown: [Key: [Int32]] = [:]
        let tokens = conversation.map { message in
            let key = Key(message)
            let tokens = stillKnown[key] ?? known[key] ?? template.tokens(for: message)
            stillKnown[key] = tokens
            return tokens
        }
        known = stillKnown
        return tokens
    }

    /// Remembers that a reply with this text was made of these tokens, the end of the turn left out.
    package mutating func remember(reply: [Int32], text: String) {
        let message = ChatMessage(role: .assistant, content: text)
        known[Key(message)] = template.generationPrompt + reply + template.closing(after: nil)
    }
}
