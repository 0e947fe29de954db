import GGUF
import Tokenization

extension Tokenizer {
    /// Creates the tokenizer of a model from its file.
    init(file: GGUFFile) throws {
        let model = try file.string("tokenizer.ggml.model")
        guard model == "gpt2" else {
            throw Failure(
                .model,
                "\(file.path): tokenizer.ggml.model is “\(model)”; fathom knows byte-level BPE (gpt2). "
                    + "Use a model of the SmolLM family.")
        }
        try self.init(
            vocabulary: TokenizerVocabulary(
                tokens: file.strings("tokenizer.ggml.tokens"),
                kinds: file.value("tokenizer.ggml.token_type"),
                merges: file.strings("tokenizer.ggml.merges"),
                preTokenizer: file.string("tokenizer.ggml.pre"),
                beginningOfText: file.valueIfPresent("tokenizer.ggml.bos_token_id"),
                endOfText: file.valueIfPresent("tokenizer.ggml.eos_token_id")))
    }
}
