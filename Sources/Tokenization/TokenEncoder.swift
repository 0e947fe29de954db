/// How a text without special tokens becomes tokens.
enum TokenEncoder: Sendable {
    /// Cut into words, whose bytes are joined.
    case bytePairs(BytePairEncoder)
    /// Characters joined into pieces.
    case sentencePiece(SentencePieceEncoder)

    /// Appends the tokens of a text, valid UTF-8.
    ///
    /// - Parameter spaceInFront: whether pieces are to be as if a space stood in front of the text.
    func encode(
        _ text: ArraySlice<UInt8>, spaceInFront: Bool, into ids: inout [Int32], _ merger: inout SymbolMerger
    ) {
        switch self {
        case .bytePairs(let encoder):
            encoder.encode(text, into: &ids, &merger)
        case .sentencePiece(let encoder):
            encoder.encode(text, spaceInFront: spaceInFront, into: &ids, &merger)
        }
    }
}
