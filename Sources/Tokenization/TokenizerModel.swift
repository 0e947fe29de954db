/// How a vocabulary makes tokens of text; the raw values are those of `tokenizer.ggml.model` in GGUF files.
public enum TokenizerModel: String, Sendable, Hashable, CaseIterable {
    /// Byte-level byte pair encoding: text is cut into words, whose bytes are joined by a list of merges.
    case bytePairs = "gpt2"
    /// SentencePiece: characters are joined into the pieces with the highest scores; what is no piece goes byte by
    /// byte.
    case sentencePiece = "llama"

    /// The model of a name in a file.
    ///
    /// - Throws: `TokenizerError.unsupportedModel` for any other name.
    public init(named name: String) throws(TokenizerError) {
        guard let model = TokenizerModel(rawValue: name) else { throw .unsupportedModel(name) }
        self = model
    }
}
