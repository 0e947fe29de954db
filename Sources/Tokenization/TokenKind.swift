/// What a token is for; the raw values are those of GGUF's `tokenizer.ggml.token_type`.
enum TokenKind: Int32 {
    /// A piece of text, made by merges.
    case normal = 1
    /// Stands for what cannot be written; never part of text.
    case unknown = 2
    /// Steers the model, such as `<|im_end|>`; never part of text.
    case control = 3
    /// A piece of text kept whole wherever it occurs.
    case userDefined = 4
    /// A number without a meaning.
    case unused = 5
    /// One byte, of a vocabulary of pieces of text; named `<0x0A>` and the like.
    case byte = 6

    /// Whether the token adds to the text that a user reads.
    var isText: Bool {
        switch self {
        case .normal, .userDefined, .byte: true
        case .unknown, .control, .unused: false
        }
    }
}
