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

    /// Whether the sequence announces a mouse report of the X10 kind, whose three bytes follow it.
    var startsMouseReport: Bool { introducer == "[" && final == UInt8(ascii: "M") && parameters.isEmpty }

    /// What the sequence tells of the mouse; nil where it is no report of the SGR kind (xterm's mode 1006), or one of
    /// a button that nothing is done with.
    var mouse: MouseEvent? {
        guard introducer == "[", parameters.first == UInt8(ascii: "<"), parameters.count < Self.longest,
            final == UInt8(ascii: "M") || final == UInt8(ascii: "m")
        else { return nil }
        let numbers = parameters.dropFirst().split(
            separator: UInt8(ascii: ";"), omittingEmptySubsequences: false
        )
        .map { Int(String(decoding: $0, as: UTF8.self)) ?? -1 }
        guard numbers.count == 3, numbers[0] >= 0, (1...10_000).contains(numbers[1]),
            (1...10_000).contains(numbers[2])
        else { return nil }
        var modifiers: Modifiers = []
        if numbers[0] & 4 != 0 { modifiers.insert(.shift) }
        if numbers[0] & 8 != 0 { modifiers.insert(.alt) }
        if numbers[0] & 16 != 0 { modifiers.insert(.control) }
        let action: MouseEvent.Action
        switch (numbers[0] & ~28, final) {
        case (0, UInt8(ascii: "M")): action = .press
        case (32, UInt8(ascii: "M")): action = .drag
        case (0, UInt8(ascii: "m")): action = .release
        case (64, UInt8(ascii: "M")): action = .wheelUp
        case (65, UInt8(ascii: "M")): action = .wheelDown
        default: return nil
        }
        return MouseEvent(action, at: Point(column: numbers[1] - 1, row: numbers[2] - 1), modifiers)
    }

    /// Takes the next byte and says whether the sequence is over with it.
    mutating func take(_ byte: UInt8) -> Progress {
        // The Linux console sends `ESC [ [ A` for F1.
        let isConsoleFunction = introducer == "[" && parameters == [UInt8(ascii: "[")]
        switch byte {
        case UInt8(ascii: "[") where introducer == "[" && parameters.isEmpty: parameters.append(byte)
        case UInt8(ascii: "$")
        where !parameters.isEmpty && parameters.allSatisfy({ (0x30...0x39).contains($0) }):
            // rxvt ends keys held with Shift this way. After more than a number it is part of an answer.
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
        guard parameters.allSatisfy({ (0x30...0x3B).contains($0) }), !isRelease else { return nil }
        return introducer == "O" ? applicationKey : controlKey
    }

    /// The sequence's parameters as numbers; 0 for one that is left out or absurd. Of sub-parameters only the first
    /// counts.
    private var numbers: [Int] {
        parameters.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map { part in
            Int(String(decoding: part.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)) ?? 0
        }
    }

    /// The sub-parameters of a parameter as numbers; 0 for one that is left out or absurd.
    private func parts(at index: Int) -> [Int] {
        let parts = parameters.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        guard index < parts.count else { return [] }
        return parts[index].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map {
            Int(String(decoding: $0, as: UTF8.self)) ?? 0
        }
    }

    /// Whether the sequence tells that a key was let go (kitty's keyboard protocol, event type 3).
    private var isRelease: Bool { parts(at: 1).dropFirst().first == 3 }

    /// Shift, Alt and Control. Super, Hyper and Meta count as Alt where a terminal tells of them by themselves; the
    /// locks, Caps and Num, are nothing that somebody holds (kitty's keyboard protocol, modifiers).
    private func modifiers(at index: Int) -> Modifiers {
        let numbers = numbers
        guard index < numbers.count, (2...256).contains(numbers[index]) else { return [] }
        let bits = numbers[index] - 1
        var modifiers: Modifiers = []
        if bits & 1 != 0 { modifiers.insert(.shift) }
        if bits & (2 | 8 | 16 | 32) != 0 { modifiers.insert(.alt) }
        if bits & 4 != 0 { modifiers.insert(.control) }
        return modifiers
    }

    /// The key of a code that `CSI u` gives, in the character that Shift makes of it where the terminal says so.
    private func coded(_ code: Int) -> (Key, Modifiers)? {
        let modifiers = modifiers(at: 1)
        if let key = KeyNames.functional(code) { return (key, modifiers) }
        // Kitty's keys without a character lie where Unicode leaves room for private use.
        guard !(0xE000...0xF8FF).contains(code) else { return nil }
        let shifted = parts(at: 0).dropFirst().first ?? 0
        let isShifted = modifiers.contains(.shift) && !modifiers.contains(.control) && shifted > 0
        return ControlKeys.key(forCode: isShifted ? shifted : code, modifiers)
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
        case UInt8(ascii: "u"): return coded(code)
        case UInt8(ascii: "Z"): return (.tab, .shift)
        case UInt8(ascii: "a")...UInt8(ascii: "d"):
            return KeyNames.lettered(final & 0xDF).map { ($0, .shift) }
        default:
            // A key has the number 1; others are a cursor's row in an answer, `ESC [ 24 ; 80 R`, whose column may be
            // more than any modifiers that a function key has.
            guard code <= 1, final != UInt8(ascii: "R") || numbers.count < 2 || numbers[1] <= 16 else {
                return nil
            }
            return KeyNames.lettered(final).map { ($0, modifiers(at: 1)) }
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
