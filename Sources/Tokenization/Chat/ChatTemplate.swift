/// Lays out a conversation the way a model was trained to read it, such as (ChatML)
///
///     <|im_start|>role⏎content<|im_end|>⏎
///
/// The layout is what the chat template in the model's file makes of conversations. Each message is tokenized by
/// itself, so a conversation that goes on begins with the tokens it had before: a KV cache goes on where it ended. Only
/// the template makes control tokens; in what people say, `<|im_end|>` is text like any other.
public struct ChatTemplate: Sendable {
    /// ChatML, for a file that has no template but the tokens for it.
    private static let chatML = """
        {% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' \
        + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
        """

    private let tokenizer: Tokenizer
    private let layout: ChatLayout
    /// The token that ends a message of the model: a reply is over when the model generates it.
    public let endOfTurn: Int32
    /// The token with which every message of the user begins, if there is one: a model that generates it has ended its
    /// own turn.
    public let startOfTurn: Int32?
    /// The tokens that ask the model for a reply, at the end of a conversation: in ChatML `<|im_start|>assistant⏎`.
    public let generationPrompt: [Int32]
    /// The tokens that a conversation without a system prompt begins with: those of the model's default one, or the one
    /// that opens a text, or none.
    private let opening: [Int32]
    /// What follows the model's message.
    private let closing: [Int32]

    /// Creates the template of a tokenizer's vocabulary, of the file's own source. A file without one is taken to speak
    /// ChatML where it has the tokens for that.
    ///
    /// - Throws: `TokenizerError.noChatTemplate` without either, `.unusableChatTemplate` saying why the file's own
    ///   cannot be used.
    public init(_ tokenizer: Tokenizer) throws(TokenizerError) {
        let hasChatML = ["<|im_start|>", "<|im_end|>"].allSatisfy { tokenizer.controlToken($0) != nil }
        guard let source = tokenizer.chatTemplate ?? (hasChatML ? ChatTemplate.chatML : nil) else {
            throw .noChatTemplate
        }
        let layout: ChatLayout
        do {
            layout = try ChatLayout(
                template: source, beginning: tokenizer.beginningOfText.map(tokenizer.text) ?? "",
                end: tokenizer.endOfText.map(tokenizer.text) ?? "")
        } catch {
            throw .unusableChatTemplate("\(error)")
        }
        let around = [layout.system.before, layout.system.after].flatMap { tokenizer.pieces(ofTemplate: $0) }
        guard layout.systemIsMessage || around.allSatisfy(\.isText) else {
            throw .unusableChatTemplate("a system prompt has tokens of its own in the message of a user")
        }
        for (first, second) in layout.seams
        where tokenizer.pieces(ofTemplate: first + second).compactMap(\.token)
            != [first, second].flatMap({ tokenizer.pieces(ofTemplate: $0).compactMap(\.token) })
        {
            throw .unusableChatTemplate("it is unknown where its messages end")
        }
        var encoder = TemplateEncoder(tokenizer, continuing: false)
        encoder.add(template: layout.assistant.after)
        closing = encoder.finish()
        guard let endOfTurn = closing.first(where: tokenizer.isControl) else {
            throw .unusableChatTemplate("no token ends what the model says")
        }
        self.endOfTurn = endOfTurn
        startOfTurn = tokenizer.pieces(ofTemplate: layout.user.before).first?.token
        self.tokenizer = tokenizer
        self.layout = layout
        encoder = TemplateEncoder(tokenizer, continuing: false)
        encoder.add(template: layout.opening)
        opening = ChatTemplate.opening(of: layout.opening + layout.user.before, tokenizer) + encoder.finish()
        encoder = TemplateEncoder(
            tokenizer, continuing: ChatTemplate.endsInText(layout.user.after, tokenizer))
        encoder.add(template: layout.generationPrompt)
        generationPrompt = encoder.finish()
    }

    /// What opens a text, where the vocabulary wants that and the template has not put it in front of `text` itself.
    private static func opening(of text: String, _ tokenizer: Tokenizer) -> [Int32] {
        guard tokenizer.addsBeginningOfText, let opening = tokenizer.beginningOfText,
            tokenizer.pieces(ofTemplate: text).first?.token != opening
        else { return [] }
        return [opening]
    }

    private static func endsInText(_ text: String, _ tokenizer: Tokenizer) -> Bool {
        var encoder = TemplateEncoder(tokenizer, continuing: false)
        encoder.add(template: text)
        return encoder.endsInText
    }

    /// The tokens that stand in front of the messages of a conversation: none where that begins with a system message
    /// which has them itself.
    public func opening(of conversation: [ChatMessage]) -> [Int32] {
        conversation.isEmpty || layout.systemIsMessage && conversation.first?.role == .system ? [] : opening
    }

    /// The messages as they are laid out: in a layout that has no system messages, a system prompt is a part of the
    /// next message of the user.
    public func arranged(_ conversation: [ChatMessage]) -> [ChatMessage] {
        layout.arranged(conversation)
    }

    /// Whether a message goes on in the text in which one of a role ended, instead of after a special token.
    ///
    /// - Parameter previous: who spoke before; nil for the first message of a conversation.
    public func continues(after previous: ChatMessage.Role?) -> Bool {
        let text = previous.map { layout[$0].after } ?? layout.opening
        return ChatTemplate.endsInText(text, tokenizer)
    }

    /// The tokens of one message with all that the layout puts around it, as they stand after a message.
    ///
    /// Of a system message in a layout that has none it is what it adds to the user's message, about.
    ///
    /// - Parameter continuing: whether the message goes on in text.
    public func tokens(for message: ChatMessage, continuing: Bool = false) -> [Int32] {
        let frame = layout[message.role]
        var encoder = TemplateEncoder(tokenizer, continuing: continuing)
        encoder.add(template: frame.before)
        encoder.add(content: frame.trimmed(message.content))
        encoder.add(template: frame.after)
        let opens = message.role == .system && layout.systemIsMessage
        return (opens ? ChatTemplate.opening(of: frame.before, tokenizer) : []) + encoder.finish()
    }

    /// The tokens of a reply that goes on after a text: what opens a reply, then the text, and nothing that ends it.
    public func tokens(forReplyAfter text: String) -> [Int32] {
        guard !text.isEmpty else { return generationPrompt }
        let asks = !layout.generationPrompt.isEmpty
        var encoder = TemplateEncoder(tokenizer, continuing: continues(after: .user))
        encoder.add(template: asks ? layout.generationPrompt : layout.assistant.before)
        encoder.add(content: text)
        return encoder.finish()
    }

    /// How many tokens a message has at least, known from its length alone.
    public func leastTokens(for message: ChatMessage) -> Int {
        tokenizer.leastTokens(in: layout[message.role].trimmed(message.content))
    }

    /// The tokens of each message of a conversation, as they are `arranged`.
    public func tokensOfMessages(in arranged: [ChatMessage]) -> [[Int32]] {
        arranged.indices.map { index in
            let previous = index > 0 ? arranged[index - 1].role : nil
            return tokens(for: arranged[index], continuing: continues(after: previous))
        }
    }

    /// The tokens of a conversation and, where asked for, the `generationPrompt` at the end. An empty conversation has
    /// no opening either.
    public func tokens(for conversation: [ChatMessage], addingGenerationPrompt: Bool) -> [Int32] {
        let messages = tokensOfMessages(in: arranged(conversation)).flatMap { $0 }
        return opening(of: conversation) + messages + (addingGenerationPrompt ? generationPrompt : [])
    }

    /// The tokens of a text that is no conversation, laid out as documents were in training: after the token that opens
    /// a text, where the vocabulary has one.
    public func tokens(forText text: String) -> [Int32] {
        (tokenizer.startOfText.map { [$0] } ?? []) + tokenizer.encode(text)
    }

    /// What must follow a reply before the next message, given the last token of the reply: in ChatML `<|im_end|>⏎`, or
    /// only the line break where the model has generated `<|im_end|>` itself.
    ///
    /// The tokens that a model generated need not be those its text is encoded to: to go on in the same KV cache, keep
    /// the generated tokens and append what this returns.
    public func closing(after lastToken: Int32?) -> [Int32] {
        guard lastToken == endOfTurn, let place = closing.firstIndex(of: endOfTurn) else { return closing }
        return Array(closing[(place + 1)...])
    }
}
