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
        /// Whether the message goes on in the text in which the one before it ended.
        var continuing: Bool

        init(_ message: ChatMessage, continuing: Bool) {
            role = message.role
            content = Array(message.content.utf8)
            self.continuing = continuing
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

    /// The tokens that stand in front of the messages of a conversation.
    func opening(of conversation: [ChatMessage]) -> [Int32] {
        template.opening(of: conversation)
    }

    /// The tokens of each message of a conversation, replies as they were generated. Forgets messages of other
    /// conversations.
    package mutating func tokens(for conversation: [ChatMessage]) -> [[Int32]] {
        var stillKnown: [Key: [Int32]] = [:]
        let tokens = tokens(for: conversation, &stillKnown)
        known = stillKnown
        return tokens
    }

    /// The tokens of some messages that were chosen from a conversation, in one piece: as the chat template arranges
    /// them, with what opens them.
    package func tokens(ofChosen messages: [ChatMessage]) -> [Int32] {
        var seen: [Key: [Int32]] = [:]
        let arranged = template.arranged(messages)
        return opening(of: messages) + tokens(for: arranged, &seen).flatMap { $0 }
    }

    private func tokens(for messages: [ChatMessage], _ seen: inout [Key: [Int32]]) -> [[Int32]] {
        messages.indices.map { index in
            let message = messages[index]
            let continuing = template.continues(after: index > 0 ? messages[index - 1].role : nil)
            let key = Key(message, continuing: continuing)
            let tokens = seen[key] ?? known[key] ?? template.tokens(for: message, continuing: continuing)
            seen[key] = tokens
            return tokens
        }
    }

    /// Remembers that a reply was generated as the tokens `reply`, the one that ended the turn left out.
    ///
    /// - Parameters:
    ///   - start: the text that the reply went on after; empty for a new reply.
    ///   - text: what the tokens say.
    package mutating func remember(reply: [Int32], text: String, after start: String = "") {
        let message = ChatMessage(role: .assistant, content: start + text)
        known[Key(message, continuing: template.continues(after: .user))] =
            opening(after: start) + reply + template.closing(after: nil)
    }
}
