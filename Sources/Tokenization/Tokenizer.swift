/// Turns text into token ids and back: byte-level BPE as the Hugging Face `tokenizers` package does it.
///
/// Ids are offsets into the vocabulary. A byte that the vocabulary has no token for is left out; in the
/// vocabulary of SmolLM2 these are U+0004, U+0006, U+0013, U+0014, U+0016, U+001D and the first byte of the
/// unassigned characters U+40000 to U+BFFFF. All other text comes back from its tokens as it was.
public struct Tokenizer: Sendable {
    private let table: TokenTable
    private let encoder: BytePairEncoder
    private let userDefined: SpecialTokens
    private let allSpecial: SpecialTokens
    private let controlIDs: [ArraySlice<UInt8>: Int32]
    /// The token that opens a text, if the model's file names one. Encoding a text does not add it.
    public let beginningOfText: Int32?
    /// The token that ends a text, if the model's file names one: a reply is over when the model generates it.
    public let endOfText: Int32?

    /// Checks a vocabulary and prepares it for use.
    ///
    /// - Throws: a `TokenizerError` that names what is at fault.
    public init(vocabulary: TokenizerVocabulary) throws(TokenizerError) {
        guard vocabulary.preTokenizer == PreTokenizer.name else {
            throw .unsupportedPreTokenizer(vocabulary.preTokenizer)
        }
        let table = try TokenTable(tokens: vocabulary.tokens, kinds: vocabulary.kinds)
        func check(_ id: Int?, _ name: String) throws(TokenizerError) -> Int32? {
            guard let id else { return nil }
            guard table.kinds.indices.contains(id) else {
                throw .idOutOfRange(name: name, id: id, tokens: table.count)
            }
            return Int32(id)
        }
        beginningOfText = try check(vocabulary.beginningOfText, "beginning-of-text")
        endOfText = try check(vocabulary.endOfText, "end-of-text")
        encoder = try BytePairEncoder(merges: vocabulary.merges, tokens: table.index(of: .normal))
        let userDefinedIDs = try table.index(of: .userDefined)
        controlIDs = try table.index(of: .control)
        userDefined = SpecialTokens(userDefinedIDs)
        allSpecial = SpecialTokens(controlIDs.merging(userDefinedIDs) { control, _ in control })
        self.table = table
    }

    /// How many tokens the vocabulary has; their ids are 0 ..< `count`.
    public var count: Int {
        table.count
    }

    /// What to do with text that reads like a control token, such as `<|im_end|>`.
    public enum ControlTokens: Sendable, Hashable {
        /// Such text is text like any other. The only right choice for what a user or a file says: otherwise they could
        /// end their turn and speak for the system.
        case asText
        /// Such text becomes the control token.
        case parse
    }

    /// The tokens of a text, with nothing before or after them.
    public func encode(_ text: String, controlTokens: ControlTokens = .asText) -> [Int32] {
        let special = controlTokens == .parse ? allSpecial : userDefined
        let bytes = Array(text.utf8)
        var rest = bytes[...]
        var ids: [Int32] = []
        ids.reserveCapacity(bytes.count / 3)
        var workspace = BytePairEncoder.Workspace()
        while let (id, range) = special.firstMatch(in: rest) {
            encode(plain: rest[..<range.lowerBound], into: &ids, &workspace)
            ids.append(id)
            rest = rest[range.upperBound...]
        }
        encode(plain: rest, into: &ids, &workspace)
        return ids
    }

    /// How many tokens a text has at least, known from its length alone; bytes that the vocabulary has no token for
    /// count, too.
    public func leastTokens(in text: String) -> Int {
        (text.utf8.count + table.longest - 1) / table.longest
    }

    private func encode(
        plain text: ArraySlice<UInt8>, into ids: inout [Int32], _ workspace: inout BytePairEncoder.Workspace
    ) {
        var words = PreTokenizer(text)
        while let word = words.next() {
            encoder.encode(word, into: &ids, workspace: &workspace)
        }
    }

    /// The text of a whole sequence of tokens. Control tokens add nothing; bytes that are not UTF-8 become
    /// U+FFFD.
    public func decode(_ ids: some Sequence<Int32>) -> String {
        String(decoding: ids.flatMap(textBytes), as: UTF8.self)
    }

    /// What one token reads as by itself: part of a character becomes U+FFFD, and a control token shows its
    /// name. Empty for an id that is not in the vocabulary.
    public func text(of id: Int32) -> String {
        String(decoding: table.bytes(of: id), as: UTF8.self)
    }

    /// Whether a token adds nothing to a text: a control, unknown or unused one, or an id outside the vocabulary.
    public func isControl(_ id: Int32) -> Bool {
        table.kind(of: id)?.isText != true
    }

    /// The id of the control token of a name such as `<|im_end|>`; nil where the vocabulary has none.
    public func controlToken(_ name: String) -> Int32? {
        controlIDs[Array(name.utf8)[...]]
    }

    /// The token that documents began with in training: `<|endoftext|>`, which stood between documents, where the
    /// vocabulary has it, else `beginningOfText`. Models of chats have both, and the second opens a conversation.
    public var startOfText: Int32? { controlToken("<|endoftext|>") ?? beginningOfText }

    /// The bytes a token adds to a text: none for a control token or an id that is not in the vocabulary.
    func textBytes(of id: Int32) -> ArraySlice<UInt8> {
        isControl(id) ? [] : table.bytes(of: id)
    }
}
