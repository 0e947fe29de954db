/// Tells the tokens of the chat template, `<|im_start|>role⏎ … <|im_end|>⏎`, from those of what is said, by the text
/// that they read as. What a user types never reads as one such token: the tokenizer takes it apart.
struct TemplateTokens: Sendable, Hashable {
    private enum Place: Sendable, Hashable {
        /// In what is said.
        case message
        /// Behind a mark that opens a message: who speaks, up to a line break.
        case role
        /// Behind another mark, to which a line break belongs.
        case mark
    }

    private var place = Place.message

    /// Takes the next token's text, and returns whether it is the template's.
    mutating func take(_ text: String) -> Bool {
        if text.hasPrefix("<|"), text.hasSuffix("|>") {
            place = text == "<|im_start|>" ? .role : .mark
            return true
        }
        let isTemplate =
            switch place {
            case .message: false
            case .role: true
            case .mark: text == "\n"
            }
        if place == .mark || text.contains(where: \.isNewline) { place = .message }
        return isTemplate
    }
}
