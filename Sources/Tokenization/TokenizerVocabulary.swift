/// What a model file says about its tokenizer, as it stands there: nothing here has been checked yet.
///
/// The fields are those of a GGUF file whose `tokenizer.ggml.model` is `gpt2`.
public struct TokenizerVocabulary: Sendable, Hashable {
    /// The token texts in the order of their ids (`tokenizer.ggml.tokens`). Ordinary tokens are written in
    /// the byte-level alphabet of GPT-2 (a space is `Ġ`), control and user-defined tokens as plain text.
    public var tokens: [String]
    /// What each token is for, one element a token (`tokenizer.ggml.token_type`): 1 normal, 2 unknown, 3
    /// control, 4 user-defined, 5 unused.
    public var kinds: [Int32]
    /// The merges, most urgent first, each two tokens separated by a space (`tokenizer.ggml.merges`).
    public var merges: [String]
    /// The name of the rule that cuts text into words (`tokenizer.ggml.pre`).
    public var preTokenizer: String
    /// The token that opens a text (`tokenizer.ggml.bos_token_id`), if the file names one.
    public var beginningOfText: Int?
    /// The token that ends a text (`tokenizer.ggml.eos_token_id`), if the file names one.
    public var endOfText: Int?

    /// Creates a vocabulary from the fields of a model file.
    public init(
        tokens: [String], kinds: [Int32], merges: [String], preTokenizer: String,
        beginningOfText: Int? = nil, endOfText: Int? = nil
    ) {
        self.tokens = tokens
        self.kinds = kinds
        self.merges = merges
        self.preTokenizer = preTokenizer
        self.beginningOfText = beginningOfText
        self.endOfText = endOfText
    }
}
