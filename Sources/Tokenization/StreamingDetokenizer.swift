/// Turns tokens into text as they come, never handing out half a character.
///
/// A token may end inside the UTF-8 sequence of a scalar; its first bytes then wait for the next token. What
/// comes out, put together, is exactly `Tokenizer.decode` of all tokens. A scalar is handed out as soon as it
/// is whole, so what a reader sees as one character (an emoji of several joined by U+200D, a letter and its
/// combining accent) may come in parts that join as they are appended: to wait for its end would hold back
/// every last character.
public struct StreamingDetokenizer: Sendable {
    private let tokenizer: Tokenizer
    /// The start of a UTF-8 sequence that is not whole yet; at most 3 bytes.
    private var pending: [UInt8] = []
    /// Whether the text has not begun yet, so that the space in front of it is still to be taken away.
    private var isAtStart: Bool

    /// Creates a detokenizer for a vocabulary, at the start of a text.
    ///
    /// - Parameter continuing: whether the tokens go on after other text, so that a space in front of them is part of
    ///   theirs.
    public init(_ tokenizer: Tokenizer, continuing: Bool = false) {
        self.tokenizer = tokenizer
        isAtStart = !continuing
    }

    /// Takes the next token; returns the text that is now whole, often empty while a character is incomplete.
    /// Control tokens add nothing.
    public mutating func append(_ id: Int32) -> String {
        var bytes = tokenizer.textBytes(of: id)
        if isAtStart, let first = bytes.first {
            if tokenizer.addsSpaceInFront, first == UInt8(ascii: " ") { bytes = bytes.dropFirst() }
            isAtStart = false
        }
        pending.append(contentsOf: bytes)
        let whole = pending.count - StreamingDetokenizer.incompleteTail(of: pending)
        let text = String(decoding: pending[..<whole], as: UTF8.self)
        pending.removeFirst(whole)
        return text
    }

    /// Ends the text: what is still incomplete comes out as U+FFFD. The next token starts a new text.
    public mutating func finish() -> String {
        let text = String(decoding: pending, as: UTF8.self)
        pending.removeAll()
        isAtStart = true
        return text
    }

    /// How many bytes at the end begin a UTF-8 sequence that is not whole, 0…3.
    ///
    /// The cut is always in front of a lead byte, where a sequence begins whatever comes before. So bytes
    /// that turn out not to be UTF-8 are replaced as they would be in the whole text.
    private static func incompleteTail(of bytes: [UInt8]) -> Int {
        for length in 1...3 where length <= bytes.count {
            // A lead byte starts with as many ones as its sequence has bytes, a continuation with one.
            let width = (~bytes[bytes.count - length]).leadingZeroBitCount
            if width != 1 { return length < width ? length : 0 }
        }
        return 0
    }
}
