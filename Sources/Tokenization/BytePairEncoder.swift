/// Joins the bytes of a word into tokens, the most urgent merge first (Sennrich et al., arXiv 1508.07909).
struct BytePairEncoder: Sendable {
    private let preTokenizer: PreTokenizer
    private let merges: MergeTable
    /// The token of each byte; `nil` where the vocabulary has none.
    private let byteTokens: [Int32?]
    /// The tokens that words are looked up among before their bytes are merged; empty where none are.
    private let wholeWords: [ArraySlice<UInt8>: Int32]

    /// Takes the merges, most urgent first, and the ids of the normal tokens by their bytes.
    ///
    /// Vocabularies lack tokens for bytes that UTF-8 never or hardly ever uses, but none can lack English.
    ///
    /// - Throws: `TokenizerError.missingByte` for a vocabulary without a byte of plain text, and an error that names
    ///   the merge that does not fit the tokens.
    init(
        preTokenizer: PreTokenizer, merges: [String], tokens: [ArraySlice<UInt8>: Int32]
    ) throws(TokenizerError) {
        let byteTokens = (UInt8.min ... .max).map { tokens[[$0]] }
        for byte in [0x0A] + (UInt8(0x20)...0x7E) where byteTokens[Int(byte)] == nil {
            throw .missingByte(byte)
        }
        self.preTokenizer = preTokenizer
        self.byteTokens = byteTokens
        self.merges = try MergeTable(merges, tokens: tokens)
        wholeWords = preTokenizer.keepsWholeWords ? tokens : [:]
    }

    /// Appends the tokens of a text. Bytes that have no token are left out, as Hugging Face's BPE does.
    func encode(_ text: ArraySlice<UInt8>, into ids: inout [Int32], _ merger: inout SymbolMerger) {
        preTokenizer.forEachWord(of: text) { encode(word: $0, into: &ids, &merger) }
    }

    private func encode(word: ArraySlice<UInt8>, into ids: inout [Int32], _ merger: inout SymbolMerger) {
        if word.count == 1, let byte = word.first {
            if let id = byteTokens[Int(byte)] { ids.append(id) }
            return
        }
        if !wholeWords.isEmpty, let id = wholeWords[word] {
            ids.append(id)
            return
        }
        merger.begin()
        for (position, byte) in zip(word.indices, word) {
            guard let id = byteTokens[Int(byte)] else { continue }
            merger.append(id: id, range: position..<position + 1)
        }
        merger.merge {
            merges.merge($0.id, $1.id)
        } _: {
            ids.append($0.id)
        }
    }
}
