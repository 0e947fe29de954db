/// What a model file says about its tokenizer, as it stands there: nothing here has been checked yet.
///
/// The fields are those of a GGUF file, `tokenizer.ggml.…`.
public struct TokenizerVocabulary: Sendable, Hashable {
    /// How text becomes tokens (`model`).
    public var model: TokenizerModel
    /// The token texts in the order of their ids (`tokens`). Normal tokens are written in the byte-level alphabet of
    /// GPT-2 (a space is `Ġ`), in a vocabulary of pieces as text in which U+2581 is a space; others as plain text.
    public var tokens: [String]
    /// What each token is for, one element a token (`token_type`): 1 normal, 2 unknown, 3 control, 4 user-defined, 5
    /// unused, 6 byte.
    public var kinds: [Int32]
    /// The merges, most urgent first, each two tokens separated by a space (`merges`); empty in a vocabulary of pieces.
    public var merges: [String]
    /// The score of each token, the highest being the first to be made (`scores`); empty in a vocabulary with merges.
    public var scores: [Float]
    /// The name of the rule that cuts text into words (`pre`); not looked at in a vocabulary of pieces.
    public var preTokenizer: String
    /// The token that opens a text (`bos_token_id`), if the file names one.
    public var beginningOfText: Int?
    /// The token that ends a text (`eos_token_id`), if the file names one.
    public var endOfText: Int?
    /// The token that ends a turn (`eot_token_id`), if the file names one.
    public var endOfTurn: Int?
    /// Whether a text is opened by `beginningOfText` (`add_bos_token`); nil where the file does not say.
    public var addsBeginningOfText: Bool?
    /// Whether pieces are made as if a space stood in front of a text (`add_space_prefix`); nil where the file does not
    /// say.
    public var addsSpaceInFront: Bool?
    /// Whether white space after a special token of a template is dropped, as Phi-3 wants it: no key says so, and
    /// llama.cpp takes it from the model's name.
    public var dropsSpaceAfterSpecial = false
    /// The file's chat template, in Jinja (`tokenizer.chat_template`), if it has one.
    public var chatTemplate: String?

    /// Creates a vocabulary of byte-level tokens from the fields of a model file.
    public init(
        tokens: [String], kinds: [Int32], merges: [String], preTokenizer: String,
        beginningOfText: Int? = nil, endOfText: Int? = nil, chatTemplate: String? = nil
    ) {
        model = .bytePairs
        self.tokens = tokens
        self.kinds = kinds
        self.merges = merges
        scores = []
        self.preTokenizer = preTokenizer
        self.beginningOfText = beginningOfText
        self.endOfText = endOfText
        self.chatTemplate = chatTemplate
    }

    /// Creates a vocabulary of pieces from the fields of a model file.
    public init(
        pieces: [String], kinds: [Int32], scores: [Float],
        beginningOfText: Int? = nil, endOfText: Int? = nil, chatTemplate: String? = nil
    ) {
        model = .sentencePiece
        tokens = pieces
        self.kinds = kinds
        merges = []
        self.scores = scores
        preTokenizer = ""
        self.beginningOfText = beginningOfText
        self.endOfText = endOfText
        self.chatTemplate = chatTemplate
    }
}
