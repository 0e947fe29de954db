/// What happens at the terminal. Ctrl-Z is no event: `Terminal` stops the process itself.
public enum TerminalEvent: Sendable, Hashable {
    /// A key was pressed.
    case key(Key, Modifiers)
    /// Text was pasted (bracketed paste), made harmless by `TextSanitizer`; newlines and tabs are kept.
    case paste(String)
    /// The mouse did something.
    case mouse(MouseEvent)
    /// The terminal tells whether its background is light.
    case background(isLight: Bool)
    /// The screen has a new size.
    case resize(Size)
    /// The process is asked to end (SIGTERM, SIGHUP, SIGINT) or the terminal is gone.
    case hangUp
}

/// What was done with the mouse, and where.
public struct MouseEvent: Sendable, Hashable {
    /// What was done.
    public enum Action: Sendable, Hashable {
        /// The left button went down.
        case press
        /// The mouse moved to another cell while the left button was down.
        case drag
        /// The left button was let go.
        case release
        /// The wheel was turned away from its user: what lies above should come into sight.
        case wheelUp
        /// The wheel was turned towards its user.
        case wheelDown
    }

    /// What was done.
    public var action: Action
    /// The cell under the mouse, the upper left one being 0, 0.
    public var place: Point
    /// What was held meanwhile. Terminals keep the mouse to themselves while Shift is.
    public var modifiers: Modifiers

    /// Creates the description of something done with the mouse.
    public init(_ action: Action, at place: Point, _ modifiers: Modifiers = []) {
        self.action = action
        self.place = place
        self.modifiers = modifiers
    }
}

/// A key of the keyboard, without those held with it.
public enum Key: Sendable, Hashable {
    /// A printable character; one grapheme cluster.
    case character(Character)
    /// Enter or Return; with `.shift` or `.alt` where the terminal tells. Ctrl-J is `.character("j")`.
    case enter
    /// Tab; Shift-Tab comes with `.shift`.
    case tab
    /// Backspace.
    case backspace
    /// Delete (forward).
    case delete
    /// Escape by itself.
    case escape
    /// Up arrow.
    case up
    /// Down arrow.
    case down
    /// Left arrow.
    case left
    /// Right arrow.
    case right
    /// Home.
    case home
    /// End.
    case end
    /// Page Up.
    case pageUp
    /// Page Down.
    case pageDown
    /// F1 is `function(1)`.
    case function(Int)
}

/// Keys that are held while another is pressed. Ctrl-C is `.key(.character("c"), .control)`.
public struct Modifiers: OptionSet, Sendable, Hashable {
    /// The set as bits, one for each key.
    public let rawValue: UInt8

    /// Creates a set of held keys from its bits.
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
