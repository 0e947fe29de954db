/// Bytes that were typed, on their way to becoming characters.
///
/// Bytes that come together make grapheme clusters together. A cluster whose bytes come in several reads arrives as
/// several characters, which join again when they are appended to a string.
struct TypedText {
    private var bytes: [UInt8] = []
    private var modifiers: Modifiers = []

    /// Takes a byte that is no control character, with the modifiers of the character it begins. Returns the events of
    /// the characters before it where those had to be finished first: Alt is for one character only.
    mutating func add(_ byte: UInt8, _ modifiers: Modifiers) -> [TerminalEvent] {
        let isContinuation = byte & 0xC0 == 0x80
        var finished: [TerminalEvent] = []
        if !isContinuation, !(self.modifiers.isEmpty && modifiers.isEmpty) { finished = takeAll() }
        if bytes.isEmpty { self.modifiers = modifiers }
        bytes.append(byte)
        return finished
    }

    /// Takes out the bytes of a character that is not complete.
    mutating func takeBytes() -> [UInt8] {
        defer {
            bytes.removeAll(keepingCapacity: true)
            modifiers = []
        }
        return bytes
    }

    /// Takes out the events of the characters that are complete; one whose bytes have not all come stays.
    mutating func takeComplete() -> [TerminalEvent] {
        let rest = bytes.suffix(Self.unfinishedCount(bytes))
        bytes.removeLast(rest.count)
        let modifiers = modifiers
        let events = takeAll()
        bytes = Array(rest)
        self.modifiers = rest.isEmpty ? [] : modifiers
        return events
    }

    /// Takes out the events of all characters, with U+FFFD for what is not UTF-8.
    mutating func takeAll() -> [TerminalEvent] {
        guard !bytes.isEmpty else { return [] }
        let text = TextSanitizer.sanitized(String(decoding: bytes, as: UTF8.self))
        let events = text.map { TerminalEvent.key(.character($0), modifiers) }
        bytes.removeAll(keepingCapacity: true)
        modifiers = []
        return events
    }

    /// How many bytes at the end begin a scalar but do not finish it.
    static func unfinishedCount(_ bytes: [UInt8]) -> Int {
        for (index, byte) in bytes.suffix(3).reversed().enumerated() {
            switch byte {
            case 0x80...0xBF: continue
            case 0xC2...0xDF: return index < 1 ? index + 1 : 0
            case 0xE0...0xEF: return index < 2 ? index + 1 : 0
            case 0xF0...0xF4: return index < 3 ? index + 1 : 0
            default: return 0
            }
        }
        return 0
    }
}
