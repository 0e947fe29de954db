/// Joins the characters of a text into pieces, the piece with the highest score first and of equal ones the leftmost,
/// and writes what is no piece byte by byte: the tokenizer that GGUF calls `llama`.
///
/// It is SentencePiece's BPE (Kudo & Richardson, arXiv 1808.06226, section 3.1) as llama.cpp does it: any two
/// neighbours whose text is a piece can be joined, and a text is not cut into words first.
struct SentencePieceEncoder: Sendable {
    /// Stands for a space in model files: U+2581 in UTF-8.
    private static let space: [UInt8] = Array("\u{2581}".utf8)

    /// The pieces by their bytes, spaces being spaces.
    private let pieces: [ArraySlice<UInt8>: Int32]
    /// How urgent it is to make a token, by its id: the place of its score among all, the highest being 0.
    private let ranks: [UInt32]
    /// The token of each byte.
    private let byteTokens: [Int32]
    /// The bytes of the longest piece.
    private let longest: Int

    /// Takes a vocabulary and the score of each of its tokens.
    ///
    /// - Throws: `TokenizerError.scoreCount` and `.unusableScore` where not every token has a number for a score,
    ///   `.missingByteToken` for a vocabulary without one of the 256 byte tokens, `.duplicateToken`.
    init(_ table: TokenTable, scores: [Float]) throws(TokenizerError) {
        guard scores.count == table.count else {
            throw .scoreCount(scores: scores.count, tokens: table.count)
        }
        if let token = scores.firstIndex(where: \.isNaN) { throw .unusableScore(token: token) }
        let places = Set(scores).sorted(by: >).enumerated().map { ($1, UInt32(truncatingIfNeeded: $0)) }
        let ranks = Dictionary(uniqueKeysWithValues: places)
        self.ranks = scores.map { ranks[$0] ?? SymbolMerger.none }
        pieces = try table.index(of: .normal)
        let bytes = try table.index(of: .byte)
        var byteTokens: [Int32] = []
        for byte in UInt8.min ... .max {
            guard let id = bytes[[byte]] else { throw .missingByteToken(byte) }
            byteTokens.append(id)
        }
        self.byteTokens = byteTokens
        longest = table.longest
    }

    /// Appends the tokens of a text, valid UTF-8, in which U+2581 counts as a space.
    ///
    /// - Parameter spaceInFront: whether a space is put in front of the text.
    func encode(
        _ text: ArraySlice<UInt8>, spaceInFront: Bool, into ids: inout [Int32], _ merger: inout SymbolMerger
    ) {
        var bytes: [UInt8] = spaceInFront ? [0x20] : []
        SentencePieceEncoder.appendUnescaped(text, to: &bytes)
        let text = bytes[...]
        merger.begin()
        var start = 0
        while start < text.count {
            // A lead byte starts with as many ones as its sequence has bytes, an ASCII character with none.
            let width = max(1, (~text[start]).leadingZeroBitCount)
            let end = min(start + width, text.count)
            merger.append(id: pieces[text[start..<end]] ?? -1, range: start..<end)
            start = end
        }
        merger.merge { left, right in
            let range = left.range.lowerBound..<right.range.upperBound
            guard range.count <= longest, let id = pieces[text[range]] else { return nil }
            return (ranks[Int(id)], id)
        } _: { symbol in
            if symbol.id >= 0 {
                ids.append(symbol.id)
            } else {
                ids.append(contentsOf: text[symbol.range].map { byteTokens[Int($0)] })
            }
        }
    }

    /// Appends a text with its U+2581 as spaces.
    static func appendUnescaped(_ text: some RandomAccessCollection<UInt8>, to bytes: inout [UInt8]) {
        var rest = text[...]
        while let first = rest.first {
            if first == space[0], rest.starts(with: space) {
                bytes.append(0x20)
                rest = rest.dropFirst(space.count)
            } else {
                bytes.append(first)
                rest = rest.dropFirst()
            }
        }
    }
}
