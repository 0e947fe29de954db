/// Turns text into token ids and back: byte-level BPE as the Hugging Face `tokenizers` package does it, or
/// SentencePiece as llama.cpp does it.
///
/// Ids are offsets into the vocabulary. A byte that a byte-level vocabulary has no token for is left out; in the
/// vocabulary of SmolLM2 these are U+0004, U+0006, U+0013, U+0014, U+0016, U+001D and the first byte of the
/// unassigned characters U+40000 to U+BFFFF. All other text comes back from its tokens as it was; U+2581 in a
/// vocabulary of pieces comes back as a space.
public struct Tokenizer: Sendable {
    private let table: TokenTable
    private let encoder: TokenEncoder
    private let userDefined: SpecialTokens
    private let allSpecial: SpecialTokens
    private let controlIDs: [ArraySlice<UInt8>: Int32]
    /// The token that opens a text, if the model's file names one. Encoding a text does not add it.
    public let beginningOfText: Int32?
    /// The token that ends a text, if the model's file names one: a reply is over when the model generates it.
    public let endOfText: Int32?
    /// The tokens with which a model ends what it says: those that its file names for it, and those of names that are
    /// known for it.
    public let endings: Set<Int32>
    /// Whether texts are opened by `beginningOfText`.
    public let addsBeginningOfText: Bool
    /// Whether a text that follows nothing, or a special token, is written as if a space stood in front of it.
    let addsSpaceInFront: Bool
    /// Whether white space that a template has after a special token is dropped.
    let dropsSpaceAfterSpecial: Bool
    /// The chat template of the model's file, in Jinja; nil where it has none.
    let chatTemplate: String?

    /// Checks a vocabulary and prepares it for use.
    ///
    /// - Throws: a `TokenizerError` that names what is at fault.
    public init(vocabulary: TokenizerVocabulary) throws(TokenizerError) {
        let table = try TokenTable(
            tokens: vocabulary.tokens, kinds: vocabulary.kinds, model: vocabulary.model)
        func check(_ id: Int?, _ name: String) throws(TokenizerError) -> Int32? {
            guard let id else { return nil }
            guard table.kinds.indices.contains(id) else {
                throw .idOutOfRange(name: name, id: id, tokens: table.count)
            }
            return Int32(id)
        }
        beginningOfText = try check(vocabulary.beginningOfText, "beginning-of-text")
        endOfText = try check(vocabulary.endOfText, "end-of-text")
        let endOfTurn = try check(vocabulary.endOfTurn, "end-of-turn")
        encoder = try Tokenizer.encoder(of: vocabulary, table)
        let userDefinedIDs = try table.index(of: .userDefined)
        let controlIDs = try table.index(of: .control)
        self.controlIDs = controlIDs
        userDefined = SpecialTokens(userDefinedIDs)
        allSpecial = SpecialTokens(controlIDs.merging(userDefinedIDs) { control, _ in control })
        let named = EndTokens.names.compactMap { controlIDs[Array($0.utf8)[...]] }
        endings = Set(named + [endOfText, endOfTurn].compactMap { $0 })
        let isSentencePiece = vocabulary.model == .sentencePiece
        let mayOpen = PreTokenizer.known[vocabulary.preTokenizer]?.addsBeginningOfText ?? isSentencePiece
        addsBeginningOfText = beginningOfText != nil && vocabulary.addsBeginningOfText ?? mayOpen
        addsSpaceInFront = isSentencePiece && vocabulary.addsSpaceInFront ?? true
        dropsSpaceAfterSpecial = vocabulary.dropsSpaceAfterSpecial
        chatTemplate = vocabulary.chatTemplate
        self.table = table
    }

    private static func encoder(
        of vocabulary: TokenizerVocabulary, _ table: TokenTable
    ) throws(TokenizerError) -> TokenEncoder {
        switch vocabulary.model {
        case .bytePairs:
            guard let preTokenizer = PreTokenizer.known[vocabulary.preTokenizer] else {
                throw .unsupportedPreTokenizer(vocabulary.preTokenizer)
            }
            return .bytePairs(
                try BytePairEncoder(
                    preTokenizer: preTokenizer, merges: vocabulary.merges, tokens: table.index(of: .normal)))
        case .sentencePiece:
            return .sentencePiece(try SentencePieceEncoder(table, scores: vocabulary.scores))
        }
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
    ///
    /// - Parameter continuing: whether the text goes on after other text, so that no space is put in front of it.
    public func encode(
        _ text: String, controlTokens: ControlTokens = .asText, continuing: Bool = false
    ) -> [Int32] {
        let special = controlTokens == .parse ? allSpecial : userDefined
        let bytes = Array(text.utf8)
        var rest = bytes[...]
        var ids: [Int32] = []
        ids.reserveCapacity(bytes.count / 3)
        var merger = SymbolMerger()
        var spaceInFront = addsSpaceInFront && !continuing
        func encode(plain text: ArraySlice<UInt8>) {
            guard !text.isEmpty else { return }
            encoder.encode(text, spaceInFront: spaceInFront, into: &ids, &merger)
        }
        while let (id, range) = special.firstMatch(in: rest) {
            encode(plain: rest[..<range.lowerBound])
            ids.append(id)
            rest = rest[range.upperBound...]
            spaceInFront = addsSpaceInFront
        }
        encode(plain: rest)
        return ids
    }

    /// A template's own text, cut into special tokens and the text between them.
    func pieces(ofTemplate text: String) -> [TemplatePiece] {
        var pieces: [TemplatePiece] = []
        var rest = Array(text.utf8)[...]
        func add(_ bytes: ArraySlice<UInt8>) {
            guard !bytes.isEmpty else { return }
            pieces.append(.text(String(decoding: bytes, as: UTF8.self)))
        }
        while let (id, range) = allSpecial.firstMatch(in: rest) {
            add(rest[..<range.lowerBound])
            pieces.append(.token(id))
            rest = rest[range.upperBound...]
        }
        add(rest)
        return pieces
    }

    /// How many tokens a text has at least, known from its length alone; bytes that the vocabulary has no token for
    /// count, too.
    public func leastTokens(in text: String) -> Int {
        (text.utf8.count + table.longest - 1) / table.longest
    }

    /// The text of a whole sequence of tokens. Control tokens add nothing; bytes that are not UTF-8 become
    /// U+FFFD; a space that encoding puts in front is taken away again.
    public func decode(_ ids: some Sequence<Int32>) -> String {
        let bytes = ids.flatMap(textBytes)
        let space = addsSpaceInFront && bytes.first == UInt8(ascii: " ") ? 1 : 0
        return String(decoding: bytes.dropFirst(space), as: UTF8.self)
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

    /// The token that documents began with in training: `beginningOfText` where texts are opened by it, else
    /// `<|endoftext|>`, which stood between documents. Models of chats may have both, and then `beginningOfText` opens
    /// a conversation.
    public var startOfText: Int32? {
        addsBeginningOfText ? beginningOfText : controlToken("<|endoftext|>") ?? beginningOfText
    }

    /// Whether white space that a template has after one special token is dropped: not after what opens a text.
    func dropsSpace(after id: Int32) -> Bool {
        dropsSpaceAfterSpecial && id != beginningOfText
    }

    /// The bytes a token adds to a text: none for a control token or an id that is not in the vocabulary.
    func textBytes(of id: Int32) -> ArraySlice<UInt8> {
        isControl(id) ? [] : table.bytes(of: id)
    }
}
