/// An escape sequence that a key sends: `ESC [` or `ESC O`, parameters, and the byte that ends it.
struct KeySequence {
    /// What the next byte makes of a sequence.
    enum Progress {
        case continues, ends, broken
    }

    private static let longest = 32

    /// What follows the Escape: `[` or `O`.
    let introducer: Character
    private var parameters: [UInt8] = []
    private var final: UInt8 = 0

    init(introducer: Character) {
        self.introducer = introducer
    }

    /// Whether nothing has come after the introducer.
    var isEmpty: Bool { parameters.isEmpty }

    /// Whether the sequence announces a bracketed paste.
    var startsPaste: Bool { introducer == "[" && final == UInt8(ascii: "~") && numbers.first == 200 }

    /// Takes the next byte and says whether the sequence is over with it.
    mutating func take(_ byte: UInt8) -> Progress {
        // The Linux console sends `ESC [ [ A` for F1.
        let isConsoleFunction = introducer == "[" && parameters == [UInt8(ascii: "[")]
        switch byte {
        case UInt8(ascii: "[") where introducer == "[" && parameters.isEmpty: parameters.append(byte)
        case UInt8(ascii: "$") where !parameters.isEmpty && !isConsoleFunction:
            // rxvt ends keys held with Shift this way.
            final = byte
            return .ends
        case 0x20...0x3F where !isConsoleFunction:
            if parameters.count < Self.longest { parameters.append(byte) }
        case 0x40...0x7E:
            final = byte
            return .ends
        default: return .broken
        }
        return .continues
    }

    /// The key that the sequence stands for; nil for a sequence fathom does not know.
    var key: (Key, Modifiers)? {
        guard parameters.count < Self.longest else { return nil }
        if parameters == [UInt8(ascii: "[")] {
            let number = Int(final) - Int(UInt8(ascii: "A")) + 1
            return (1...5).contains(number) ? (.function(number), []) : nil
        }
        // Private parameters (`<`, `=`, `>`, `?`) belong to mouse reports and answers, not to keys.
        guard parameters.allSatisfy({ (0x30...0x3B).contains($0) }) else { return nil }
        return introducer == "O" ? applicationKey : controlKey
    }

    /// The sequence's parameters as numbers; 0 for one that is left out or absurd. Of sub-parameters only the first
    /// counts.
    private var numbers: [Int] {
        parameters.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map { part in
            Int(String(decoding: part.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)) ?? 0
        }
    }

    private func modifiers(at index: Int) -> Modifiers {
        let numbers = numbers
        guard index < numbers.count, (2...16).contains(numbers[index]) else { return [] }
        let bits = numbers[index] - 1
        var modifiers: Modifiers = []
        if bits & 1 != 0 { modifiers.insert(.shift) }
        if bits & (2 | 8) != 0 { modifiers.insert(.alt) }
        if bits & 4 != 0 { modifiers.insert(.control) }
        return modifiers
    }

    private var controlKey: (Key, Modifiers)? {
        let numbers = numbers
        let code = numbers.first ?? 0
        switch final {
        case UInt8(ascii: "~"):
            if code == 27, numbers.count > 2 { return ControlKeys.key(forCode: numbers[2], modifiers(at: 1)) }
            return KeyNames.numbered(code).map { ($0, modifiers(at: 1)) }
        case UInt8(ascii: "^"): return KeyNames.numbered(code).map { ($0, .control) }
        case UInt8(ascii: "$"): return KeyNames.numbered(code).map { ($0, .shift) }
        case UInt8(ascii: "@"): return KeyNames.numbered(code).map { ($0, [.control, .shift]) }
        case UInt8(ascii: "u"): return ControlKeys.key(forCode: code, modifiers(at: 1))
        case UInt8(ascii: "Z"): return (.tab, .shift)
        case UInt8(ascii: "a")...UInt8(ascii: "d"):
            return KeyNames.lettered(final & 0xDF).map { ($0, .shift) }
        default: return KeyNames.lettered(final).map { ($0, modifiers(at: 1)) }
        }
    }

    private var applicationKey: (Key, Modifiers)? {
        if let character = KeyNames.keypad(final), parameters.isEmpty { return (character, []) }
        if (UInt8(ascii: "a")...UInt8(ascii: "d")).contains(final) {
            return KeyNames.lettered(final & 0xDF).map { ($0, .control) }
        }
        // `ESC O 5 A` and `ESC O 1 ; 5 A` are both in use.
        return KeyNames.lettered(final).map { ($0, modifiers(at: numbers.count - 1)) }
    }
}
