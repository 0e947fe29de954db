/// Lays out a conversation the way SmolLM2 was trained to read it (ChatML):
///
///     <|im_start|>role⏎content<|im_end|>⏎
///
/// Each message is tokenized by itself, so the tokens of a conversation are the start of the tokens of the
/// same conversation with more messages: a KV cache goes on where it ended. Only the template makes control
/// tokens; in what people say, `<|im_end|>` is text like any other.
public struct ChatTemplate: Sendable {
    /// What a conversation without a system message begins with.
    public static let defaultSystemPrompt =
        "You are a helpful AI assistant named SmolLM, trained by Hugging Face"

    private let tokenizer: Tokenizer
    private let startOfTurn: Int32
    private let newline: [Int32]
    /// The token that ends a message: a reply is over when the model generates it.
    public let endOfTurn: Int32
    /// What asks the model for a reply: `<|im_start|>assistant⏎`.
    public let generationPrompt: [Int32]

    /// Creates the template for a vocabulary, which must have the control tokens `<|im_start|>` and
    /// `<|im_end|>`.
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

    /// The tokens of a conversation; with the default system prompt in front unless it has a system message
    /// there.
    ///
    /// An empty conversation has no tokens but those of the generation prompt, if asked for.
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

    /// The tokens of a text that is no conversation, after the token that opens one.
    public func tokens(forText text: String) -> [Int32] {
        (tokenizer.startOfText.map { [$0] } ?? []) + tokenizer.encode(text)
    }

    /// What must follow a reply before the next message, given the last token of the reply: `<|im_end|>⏎`, or
    /// only the line break where the model has generated `<|im_end|>` itself.
    ///
    /// The tokens a model generated need not be those that the same text is encoded to. To go on in the same
    /// KV cache, keep the generated tokens and append these.
    public func closing(after lastToken: Int32?) -> [Int32] {
        lastToken == endOfTurn ? newline : [endOfTurn] + newline
    }
}
