/// Lays out a conversation the way SmolLM2 was trained to read it (ChatML):
///
///     <|im_start|>role⏎content<|im_end|>⏎
///
/// Each message is tokenized by itself, so a conversation that goes on begins with the tokens it had before: a KV cache
/// goes on where it ended. Only the template makes control tokens; in what people say, `<|im_end|>` is text like any
/// other.
public struct ChatTemplate: Sendable {
    /// The system message that a conversation without one at its front is given.
    public static let defaultSystemPrompt =
        "You are a helpful AI assistant named SmolLM, trained by Hugging Face"

    private let tokenizer: Tokenizer
    private let startOfTurn: Int32
    private let newline: [Int32]
    /// The token that ends a message: a reply is over when the model generates it.
    public let endOfTurn: Int32
    /// The tokens that ask the model for a reply, at the end of a conversation: `<|im_start|>assistant⏎`.
    public let generationPrompt: [Int32]

    /// Creates the template for a tokenizer's vocabulary.
    ///
    /// - Throws: `TokenizerError.missingControlToken` for one without `<|im_start|>` or `<|im_end|>`.
    public init(_ tokenizer: Tokenizer) throws(TokenizerError) {
        func control(_ name: String) throws(TokenizerError) -> Int32 {
            guard let id = tokenizer.controlToken(name) else { throw .missingControlToken(name) }
            return id
        }
        self.tokenizer = tokenizer
        startOfTurn = try control("<|im_start|>")
        endOfTurn = try control("<|im_end|>")
        newline = tokenizer.encode("\n")
        generationPrompt = [startOfTurn] + tokenizer.encode("\(ChatMessage.Role.assistant.rawValue)\n")
    }

    /// The tokens of one message, from its `<|im_start|>` to the line break after its `<|im_end|>`.
    public func tokens(for message: ChatMessage) -> [Int32] {
        // Role and content are one text to the tokenizer: white space at the front of the content joins the
        // line break.
        let text = tokenizer.encode("\(message.role.rawValue)\n\(message.content)")
        return [startOfTurn] + text + closing(after: nil)
    }

    /// The tokens of a reply that goes on after a text: what opens a reply, then the text, and nothing that ends it.
    public func tokens(forReplyAfter text: String) -> [Int32] {
        guard !text.isEmpty else { return generationPrompt }
        return [startOfTurn] + tokenizer.encode("\(ChatMessage.Role.assistant.rawValue)\n\(text)")
    }

    /// How many tokens a message has at least, known from its length alone.
    public func leastTokens(for message: ChatMessage) -> Int {
        tokenizer.leastTokens(in: message.content)
    }

    /// The tokens of a conversation, with `defaultSystemPrompt` in front unless it begins with a system message, and,
    /// where asked for, with the `generationPrompt` at the end. An empty conversation has no system prompt either.
    public func tokens(for conversation: [ChatMessage], addingGenerationPrompt: Bool) -> [Int32] {
        var ids: [Int32] = []
        if let first = conversation.first, first.role != .system {
            let prompt = ChatMessage(role: .system, content: ChatTemplate.defaultSystemPrompt)
            ids += tokens(for: prompt)
        }
        for message in conversation {
            ids += tokens(for: message)
        }
        return addingGenerationPrompt ? ids + generationPrompt : ids
    }

    /// The tokens of a text that is no conversation, laid out as documents were in training: after the token that opens
    /// a text, where the vocabulary has one.
    public func tokens(forText text: String) -> [Int32] {
        (tokenizer.startOfText.map { [$0] } ?? []) + tokenizer.encode(text)
    }

    /// What must follow a reply before the next message, given the last token of the reply: `<|im_end|>⏎`, or
    /// only the line break where the model has generated `<|im_end|>` itself.
    ///
    /// The tokens that a model generated need not be those its text is encoded to: to go on in the same KV cache, keep
    /// the generated tokens and append what this returns.
    public func closing(after lastToken: Int32?) -> [Int32] {
        lastToken == endOfTurn ? newline : [endOfTurn] + newline
    }
}
