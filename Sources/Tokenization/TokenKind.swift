/// What a token is for; the raw values are those of GGUF's `tokenizer.ggml.token_type`.
enum TokenKind: Int32 {
    /// Made by merges out of bytes.
    case normal = 1
    /// Stands for what cannot be written; never part of text.
    case unknown = 2
    /// Steers the model, such as `<|im_end|>`; never part of text.
    case control = 3
    /// A piece of text kept whole wherever it occurs.
    case userDefined = 4
    /// A number without a meaning.
    case unused = 5

    /// Whether the token adds to the text that a user reads.
    var isText: Bool {
        self == .normal || self == .userDefined
    }
}
