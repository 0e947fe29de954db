import TerminalKit

/// What a piece of text in the chat is, by which a palette draws it.
struct Ink: OptionSet, Sendable, Hashable {
    let rawValue: UInt16

    static let strong = Ink(rawValue: 1 << 0)
    static let emphasis = Ink(rawValue: 1 << 1)
    static let code = Ink(rawValue: 1 << 2)
    static let link = Ink(rawValue: 1 << 3)
    static let heading = Ink(rawValue: 1 << 4)
    /// A heading of the first level.
    static let title = Ink(rawValue: 1 << 5)
    /// What matters less: what is struck out, addresses, lines, the name of a language.
    static let faint = Ink(rawValue: 1 << 6)
    static let keyword = Ink(rawValue: 1 << 7)
    static let string = Ink(rawValue: 1 << 8)
    static let number = Ink(rawValue: 1 << 9)
    static let comment = Ink(rawValue: 1 << 10)
}

extension Palette {
    /// The style that a piece of text is drawn in.
    func style(_ ink: Ink) -> Style {
        if ink.isEmpty { return .plain }
        var style = base(ink)
        if !ink.isDisjoint(with: [.strong, .heading, .title]) { style.attributes.insert(.bold) }
        if ink.contains(.emphasis) { style.attributes.insert(.italic) }
        if !ink.isDisjoint(with: [.link, .title]) { style.attributes.insert(.underline) }
        return style
    }

    private func base(_ ink: Ink) -> Style {
        if !ink.isDisjoint(with: [.faint, .comment]) { return faint }
        if ink.contains(.keyword) { return colored(5, monochrome: .bold) }
        if ink.contains(.string) { return colored(2, monochrome: []) }
        if ink.contains(.number) { return colored(6, monochrome: []) }
        if ink.contains(.code) { return colored(3, monochrome: .underline) }
        if !ink.isDisjoint(with: [.heading, .title]) { return colored(6, monochrome: .bold) }
        return .plain
    }
}
