import GGUF
public import MoDModel
public import Tokenization

extension TokenizerVocabulary {
    /// Reads the vocabulary that a model's file carries. Nothing in it is checked yet but the types of its keys;
    /// `Tokenizer` does that.
    ///
    /// - Throws: `ModelError` naming the key at fault.
    public init(of model: MoDModel) throws(ModelError) {
        do throws(GGUFError) {
            let kind = try model.file.string("tokenizer.ggml.model")
            guard kind == "gpt2" else {
                throw .wrongType(
                    path: model.file.path, key: "tokenizer.ggml.model", expected: "\"gpt2\" (byte-level BPE)",
                    actual: kind.debugDescription)
            }
            self.init(
                tokens: try model.file.strings("tokenizer.ggml.tokens"),
                kinds: try model.file.value("tokenizer.ggml.token_type"),
                merges: try model.file.strings("tokenizer.ggml.merges"),
                preTokenizer: try model.file.string("tokenizer.ggml.pre"),
                beginningOfText: try model.file.valueIfPresent("tokenizer.ggml.bos_token_id"),
                endOfText: try model.file.valueIfPresent("tokenizer.ggml.eos_token_id")
            )
        } catch {
            throw .file(error)
        }
    }
}
