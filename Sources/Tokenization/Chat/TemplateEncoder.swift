/// A part of a template's own text.
enum TemplatePiece: Hashable {
    case text(String)
    case token(Int32)

    /// Whether the piece is text.
    var isText: Bool {
        if case .text = self { true } else { false }
    }

    /// The special token that the piece is; nil for text.
    var token: Int32? {
        if case .token(let id) = self { id } else { nil }
    }
}

/// Encodes what a template writes and what people say, one after the other, as one text: only what the template writes
/// can be special tokens.
struct TemplateEncoder {
    private let tokenizer: Tokenizer
    private var ids: [Int32] = []
    private var text = ""
    private var continuing: Bool
    /// Whether white space that comes next is dropped.
    private var dropsSpace: Bool

    /// Begins a text.
    ///
    /// - Parameter continuing: whether it goes on after other text, instead of after a special token.
    init(_ tokenizer: Tokenizer, continuing: Bool) {
        self.tokenizer = tokenizer
        self.continuing = continuing
        dropsSpace = !continuing && tokenizer.dropsSpaceAfterSpecial
    }

    /// Adds what a template writes.
    mutating func add(template: String) {
        for piece in tokenizer.pieces(ofTemplate: template) {
            switch piece {
            case .text(let more): text += more
            case .token(let id):
                encodeText()
                ids.append(id)
                continuing = false
                dropsSpace = tokenizer.dropsSpace(after: id)
            }
        }
    }

    /// Adds what somebody says.
    mutating func add(content: String) {
        text += content
    }

    /// The tokens of all that was added.
    mutating func finish() -> [Int32] {
        encodeText()
        return ids
    }

    /// Whether what was added last is text, and not only white space that is dropped.
    var endsInText: Bool {
        !remainingText.isEmpty
    }

    /// The text that is still to be encoded.
    private var remainingText: String {
        dropsSpace ? text.trimmed(of: " \t\n\u{B}\u{C}\r", back: false) : text
    }

    private mutating func encodeText() {
        text = remainingText
        guard !text.isEmpty else { return }
        dropsSpace = false
        ids += tokenizer.encode(text, continuing: continuing)
        text = ""
        continuing = true
    }
}
