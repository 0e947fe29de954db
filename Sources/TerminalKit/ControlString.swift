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

    /// What follows the Escape: `]`, `P`, `_`, `^` or `X`.
    let introducer: Character
    /// Whether nothing has come after the introducer.
    private(set) var isEmpty = true
    private var isEscaped = false
    /// What the string says, as far as it is kept.
    private var content: [UInt8] = []

    /// The background that the terminal tells of (`11;rgb:RRRR/GGGG/BBBB`, of one to four digits each): whether it is
    /// nearer to white than to black. Nil for any other answer.
    var hasLightBackground: Bool? {
        let text = String(decoding: content, as: UTF8.self)
        guard introducer == "]", text.hasPrefix("11;rgb:") || text.hasPrefix("11;rgba:") else { return nil }
        let parts = text.drop { $0 != ":" }.dropFirst().split(separator: "/").prefix(3)
        let levels = parts.compactMap { part -> Double? in
            guard (1...4).contains(part.count), let value = UInt16(part, radix: 16) else { return nil }
            return Double(value) / Double((1 << (4 * part.count)) - 1)
        }
        guard levels.count == 3 else { return nil }
        return 0.2126 * levels[0] + 0.7152 * levels[1] + 0.0722 * levels[2] > 0.5
    }

    init(introducer: Character) {
        self.introducer = introducer
    }

    /// Takes the next byte and says what it makes of the string.
    ///
    /// - Parameter isEnded: whether the end of a string came together with the byte: nobody typed it then.
    mutating func take(_ byte: UInt8, isEnded: Bool) -> Progress {
        if isEscaped { return byte == UInt8(ascii: "\\") ? .ends : .broken(isEscaped: true) }
        if isEmpty, !canBegin(byte), !isEnded || byte < 0x20 { return .isKey }
        isEmpty = false
        switch byte {
        case 0x07: return .ends
        case 0x1B:
            isEscaped = true
            return .continues
        // Cancel and substitute end a string; other control characters have no business in it, but end nothing.
        case 0x18, 0x1A: return .broken(isEscaped: false)
        case 0x00..<0x20, 0x7F: return isEnded ? .continues : .broken(isEscaped: false)
        default:
            if content.count < 64 { content.append(byte) }
            return .continues
        }
    }

    private func canBegin(_ byte: UInt8) -> Bool {
        switch introducer {
        case "]": (0x30...0x39).contains(byte)
        case "P": (0x20...0x3F).contains(byte)
        // The graphics protocol of kitty.
        case "_": byte == UInt8(ascii: "G")
        default: false
        }
    }
}
