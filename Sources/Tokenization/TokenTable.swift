/// Every token's kind and bytes, in one flat buffer.
struct TokenTable: Sendable {
    /// What each token is for, by id.
    let kinds: [TokenKind]
    /// The bytes of all tokens, one after the other.
    private let bytes: [UInt8]
    /// Where each token's bytes begin, and at last where they end; `kinds.count + 1` elements.
    private let starts: [Int]
    /// The bytes of the longest token, at least 1.
    let longest: Int

    /// Takes the tokens' texts and kinds, as a model file has them, in the order of their ids.
    ///
    /// - Parameter model: how the texts of normal tokens are written.
    /// - Throws: a `TokenizerError` that names the token which is empty, not written so or of no known kind;
    ///   `kindCount` where there is not one kind a token, `tooLarge` for more tokens than an id can number.
    init(tokens: [String], kinds rawKinds: [Int32], model: TokenizerModel) throws(TokenizerError) {
        guard Int32(exactly: tokens.count) != nil else { throw .tooLarge(count: tokens.count) }
        guard rawKinds.count == tokens.count else {
            throw .kindCount(kinds: rawKinds.count, tokens: tokens.count)
        }
        var kinds: [TokenKind] = []
        var bytes: [UInt8] = []
        var starts = [0]
        kinds.reserveCapacity(tokens.count)
        bytes.reserveCapacity(8 * tokens.count)
        starts.reserveCapacity(tokens.count + 1)
        for (id, token) in tokens.enumerated() {
            guard var kind = TokenKind(rawValue: rawKinds[id]), kind != .byte || model == .sentencePiece
            else {
                throw .unsupportedKind(rawKinds[id], token: id)
            }
            // Some files call the token that ends a turn a piece of text, which whoever writes it could then use.
            if kind == .userDefined, EndTokens.names.contains(token) { kind = .control }
            guard TokenTable.append(token, kind, model, to: &bytes), starts[id] < bytes.count else {
                throw .unreadableToken(token, token: id)
            }
            kinds.append(kind)
            starts.append(bytes.count)
        }
        self.kinds = kinds
        self.bytes = bytes
        self.starts = starts
        longest = zip(starts, starts.dropFirst()).map { $1 - $0 }.max() ?? 1
    }

    /// Appends the bytes that a token stands for; false where it is not written as its kind should be.
    private static func append(
        _ token: String, _ kind: TokenKind, _ model: TokenizerModel, to bytes: inout [UInt8]
    ) -> Bool {
        switch (kind, model) {
        case (.normal, .bytePairs):
            return ByteAlphabet.decode(token.unicodeScalars, into: &bytes)
        case (.normal, .sentencePiece):
            SentencePieceEncoder.appendUnescaped(Array(token.utf8), to: &bytes)
            return true
        case (.byte, _):
            guard token.utf8.count == 6, token.hasPrefix("<0x"), token.hasSuffix(">"),
                let byte = UInt8(token.dropFirst(3).dropLast(), radix: 16)
            else { return false }
            bytes.append(byte)
            return true
        case (.unknown, _), (.control, _), (.userDefined, _), (.unused, _):
            bytes.append(contentsOf: token.utf8)
            return true
        }
    }

    /// How many tokens there are.
    var count: Int {
        kinds.count
    }

    /// The kind of a token; nil for an id that is not in the vocabulary.
    func kind(of id: Int32) -> TokenKind? {
        kinds.indices.contains(Int(id)) ? kinds[Int(id)] : nil
    }

    /// The bytes of a token; none for an id that is not in the vocabulary.
    func bytes(of id: Int32) -> ArraySlice<UInt8> {
        guard kinds.indices.contains(Int(id)) else { return [] }
        return bytes[starts[Int(id)]..<starts[Int(id) + 1]]
    }

    /// The ids of the tokens of one kind by their bytes.
    ///
    /// - Throws: `TokenizerError.duplicateToken` where two have the same bytes.
    func index(of kind: TokenKind) throws(TokenizerError) -> [ArraySlice<UInt8>: Int32] {
        var index: [ArraySlice<UInt8>: Int32] = [:]
        index.reserveCapacity(kinds.count { $0 == kind })
        for id in Int32(0)..<Int32(count) where kinds[Int(id)] == kind {
            let bytes = bytes(of: id)
            if let first = index.updateValue(id, forKey: bytes) {
                let text = String(decoding: bytes, as: UTF8.self)
                throw .duplicateToken(text, first: Int(first), second: Int(id))
            }
        }
        return index
    }
}
