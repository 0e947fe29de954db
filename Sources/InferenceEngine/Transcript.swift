package import Tokenization

/// Turns a conversation into tokens, message by message, and remembers the replies as they were generated.
///
/// A model need not spell its reply the way the tokenizer would: a text can be made of other tokens. The KV cache holds
/// the tokens as they were generated, and encoding the text again would throw it away.
package struct Transcript {
    /// A message, compared by the bytes of its text: Swift's strings are also equal where their bytes differ ("é").
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

    /// Creates a transcript that lays messages out by a chat template.
    package init(_ template: ChatTemplate) {
        self.template = template
    }

    /// The tokens that open a reply, and those of the text that it goes on after, which may be empty.
    package func opening(after text: String) -> [Int32] {
        template.tokens(forReplyAfter: text)
    }

    /// How many tokens some messages have at least, known from their lengths alone.
    func leastTokens(for messages: some Sequence<ChatMessage>) -> Int {
        messages.reduce(0) { $0 + template.leastTokens(for: $1) }
    }

    /// The tokens of each message of a conversation, replies as they were generated. Forgets messages of other
    /// conversations.
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

    /// Remembers that a reply was generated as the tokens `reply`, the one that ended the turn left out.
    ///
    /// - Parameters:
    ///   - start: the text that the reply went on after; empty for a new reply.
    ///   - text: what the tokens say.
    package mutating func remember(reply: [Int32], text: String, after start: String = "") {
        let message = ChatMessage(role: .assistant, content: start + text)
        known[Key(message)] = opening(after: start) + reply + template.closing(after: nil)
    }
}
