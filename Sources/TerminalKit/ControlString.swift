/// A string that a terminal sends in answer to a question, from the byte after the Escape to `ESC \\` or BEL (ECMA-48,
/// §5.6). None of it is text.
struct ControlString {
    /// What the next byte makes of a string.
    enum Progress {
        case continues, ends
        /// The introducer was a key held with Alt: no answer goes on so.
        case isKey
        /// The string is cut off: the byte belongs to what follows, after an Escape or not.
        case broken(isEscaped: Bool)
    }

    /// What follows the Escape: `]`, `P` or `_`.
    let introducer: Character
    /// Whether nothing has come after the introducer.
    private(set) var isEmpty = true
    private var isEscaped = false

    init(introducer: Character) {
        self.introducer = introducer
    }

    /// Takes the next byte and says what it makes of the string.
    mutating func take(_ byte: UInt8) -> Progress {
        if isEscaped { return byte == UInt8(ascii: "\\") ? .ends : .broken(isEscaped: true) }
        if isEmpty, !canBegin(byte) { return .isKey }
        isEmpty = false
        switch byte {
        case 0x07: return .ends
        case 0x1B:
            isEscaped = true
            return .continues
        case 0x00..<0x20, 0x7F: return .broken(isEscaped: false)
        default: return .continues
        }
    }

    private func canBegin(_ byte: UInt8) -> Bool {
        switch introducer {
        case "]": (0x30...0x39).contains(byte)
        case "P": (0x20...0x3F).contains(byte)
        // The graphics protocol of kitty.
        default: byte == UInt8(ascii: "G")
        }
    }
}
