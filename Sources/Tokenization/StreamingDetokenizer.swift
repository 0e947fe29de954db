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

    /// Creates a detokenizer at the start of a text.
    public init(_ tokenizer: Tokenizer) {
        self.tokenizer = tokenizer
    }

    /// Takes the next token; returns the text that is now whole, often empty while a character is incomplete.
    /// Control tokens add nothing.
    public mutating func append(_ id: Int32) -> String {
        pending.append(contentsOf: tokenizer.textBytes(of: id))
        let whole = pending.count - StreamingDetokenizer.incompleteTail(of: pending)
        let text = String(decoding: pending[..<whole], as: UTF8.self)
        pending.removeFirst(whole)
        return text
    }

    /// Ends the text: what is still incomplete comes out as U+FFFD. The next token starts a new text.
    public mutating func finish() -> String {
        let text = String(decoding: pending, as: UTF8.self)
        pending.removeAll()
        return text
    }

    /// How many bytes at the end are a valid start of a UTF-8 sequence that goes on: 0…3.
    private static func incompleteTail(of bytes: [UInt8]) -> Int {
        for length in 1...3 where length <= bytes.count {
            let lead = bytes[bytes.count - length]
            if lead & 0xC0 == 0x80 { continue }
            let second = length > 1 ? bytes[bytes.count - length + 1] : nil
            return isStart(lead, second, length: length) ? length : 0
        }
        return 0
    }

    /// Whether a lead byte and its first continuation, if there is one, can grow into a scalar longer than
    /// `length`. (Unicode 16, table 3-7: only the second byte's range depends on the first.)
    private static func isStart(_ lead: UInt8, _ second: UInt8?, length: Int) -> Bool {
        let (width, seconds): (Int, ClosedRange<UInt8>) =
            switch lead {
            case 0xC2...0xDF: (2, 0x80...0xBF)
            case 0xE0: (3, 0xA0...0xBF)
            case 0xED: (3, 0x80...0x9F)
            case 0xE1...0xEF: (3, 0x80...0xBF)
            case 0xF0: (4, 0x90...0xBF)
            case 0xF1...0xF3: (4, 0x80...0xBF)
            case 0xF4: (4, 0x80...0x8F)
            default: (1, 0x80...0xBF)
            }
        return length < width && second.map(seconds.contains) != false
    }
}
