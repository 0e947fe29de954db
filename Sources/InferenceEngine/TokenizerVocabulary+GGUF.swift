package import GGUF
package import Tokenization

extension Tokenizer {
    /// Creates the tokenizer of a model from its file.
    package init(file: GGUFFile) throws {
        try self.init(vocabulary: TokenizerVocabulary(file: file))
    }
}

extension TokenizerVocabulary {
    /// Reads what a model file says about its tokenizer.
    ///
    /// - Throws: `TokenizerError.unsupportedModel` for a tokenizer of another kind, `GGUFError` naming a key that is
    ///   missing or of the wrong type.
    package init(file: GGUFFile) throws {
        let prefix = "tokenizer.ggml."
        switch try TokenizerModel(named: file.string("\(prefix)model")) {
        case .bytePairs:
            self.init(
                tokens: try file.strings("\(prefix)tokens"), kinds: try file.value("\(prefix)token_type"),
                merges: try file.strings("\(prefix)merges"), preTokenizer: try file.string("\(prefix)pre"))
        case .sentencePiece:
            self.init(
                pieces: try file.strings("\(prefix)tokens"), kinds: try file.value("\(prefix)token_type"),
                scores: try file.value("\(prefix)scores"))
        }
        beginningOfText = try file.valueIfPresent("\(prefix)bos_token_id")
        endOfText = try file.valueIfPresent("\(prefix)eos_token_id")
        endOfTurn = try file.valueIfPresent("\(prefix)eot_token_id")
        addsBeginningOfText = try file.valueIfPresent("\(prefix)add_bos_token")
        addsSpaceInFront = try file.valueIfPresent("\(prefix)add_space_prefix")
        let name: String? = try file.valueIfPresent("general.name")
        dropsSpaceAfterSpecial = ["phi-3", "phi3"].contains { name?.lowercased().contains($0) == true }
        chatTemplate = try file.valueIfPresent("tokenizer.chat_template")
    }
}
