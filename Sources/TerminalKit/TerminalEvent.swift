/// What happens at the terminal.
public enum TerminalEvent: Sendable, Hashable {
    /// A key was pressed.
    case key(Key, Modifiers)
    /// Text was pasted (bracketed paste), control characters already taken out except newline and tab.
    case paste(String)
    /// The screen has a new size.
    case resize(Size)
    /// The process is asked to end (SIGTERM, SIGHUP) or the terminal is gone.
    case hangUp
}

/// A key.
public enum Key: Sendable, Hashable {
    /// A printable character; one grapheme cluster.
    case character(Character)
    case enter
    case tab
    case backspace
    case delete
    case escape
    case up
    case down
    case left
    case right
    case home
    case end
    case pageUp
    case pageDown
    /// F1 is `function(1)`.
    case function(Int)
}

/// Keys held with another one. Ctrl-C is `.key(.character("c"), .control)`.
public struct Modifiers: OptionSet, Sendable, Hashable {
    /// The bits.
    public let rawValue: UInt8

    /// Creates a set from its bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Ctrl.
    public static let control = Modifiers(rawValue: 1 << 0)
    /// Alt or Meta (a preceding Escape).
    public static let alt = Modifiers(rawValue: 1 << 1)
    /// Shift, where the terminal reports it.
    public static let shift = Modifiers(rawValue: 1 << 2)
}
