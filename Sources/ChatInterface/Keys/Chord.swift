import TerminalKit

/// A key and what is held with it, as the key table names it: `Enter`, `C-a` (Ctrl), `A-Enter` (Alt), `M-Left` (with
/// Ctrl, Alt or Shift, whichever), `[`.
struct Chord: Sendable, Hashable {
    private enum Held: Sendable, Hashable {
        case these(Modifiers)
        case some
    }

    private let key: Key
    private let held: Held

    /// Creates a chord from its name.
    init(_ name: StaticString) {
        var rest = Substring(name.description)
        var modifiers: Modifiers = []
        var isSome = false
        while rest.count > 2, rest.dropFirst().first == "-", let letter = rest.first {
            switch letter {
            case "C": modifiers.insert(.control)
            case "A": modifiers.insert(.alt)
            default: isSome = true
            }
            rest = rest.dropFirst(2)
        }
        key = Chord.key(named: rest)
        held = isSome ? .some : .these(modifiers)
    }

    private init(_ key: Key, _ held: Held) {
        self.key = key
        self.held = held
    }

    /// The chords that a key may be in the table as, the one that fits it best first. Shift makes no difference to a
    /// character, which it has changed already.
    static func candidates(_ key: Key, _ modifiers: Modifiers) -> [Chord] {
        if case .character = key { return [Chord(key, .these(modifiers.subtracting(.shift)))] }
        let exact = Chord(key, .these(modifiers))
        return modifiers.isEmpty ? [exact] : [exact, Chord(key, .some), Chord(key, .these([]))]
    }

    /// The chord as people write it: `^A`, `Alt-Enter`, `Ctrl-Left`, `[`.
    var label: String {
        let name = Chord.names.first { $0.key == key }?.name
        switch (key, held) {
        case (.character(let character), .these(.control)): return "^" + character.uppercased()
        case (.character(let character), .these(let modifiers)):
            return (modifiers.contains(.alt) ? "Alt-" : "") + String(character)
        case (_, .these(.control)): return "^" + (name ?? "")
        case (_, .these(.alt)): return "Alt-" + (name ?? "")
        // Few terminals tell Ctrl-Enter from Enter.
        case (.enter, .some): return "Alt-Enter"
        case (_, .some): return "Ctrl-" + (name ?? "")
        default: return name ?? ""
        }
    }

    private static let names: [(name: String, key: Key)] = [
        ("Enter", .enter), ("Tab", .tab), ("Backspace", .backspace), ("Del", .delete), ("Esc", .escape),
        ("Up", .up), ("Down", .down), ("Left", .left), ("Right", .right), ("Home", .home), ("End", .end),
        ("PgUp", .pageUp), ("PgDn", .pageDown), ("F1", .function(1)),
    ]

    private static func key(named name: Substring) -> Key {
        if let named = names.first(where: { $0.name == name }) { return named.key }
        return .character(name.first ?? " ")
    }
}

extension Key {
    /// The character that the key types; nil where it types none.
    func typed(_ modifiers: Modifiers) -> Character? {
        guard case .character(let character) = self, modifiers.isSubset(of: .shift) else { return nil }
        return character
    }
}
