/// Why the screen cannot be used.
public enum TerminalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Standard input or standard output is a file or a pipe.
    case notATerminal
    /// `TERM` is unset or empty.
    case noTerminalType
    /// `TERM` names a terminal that cannot move its cursor, such as `dumb`.
    case tooSimple(String)
    /// `TERM` names a terminal that the terminfo database does not describe.
    case unknownType(String)
    /// This process has its screen open already.
    case alreadyOpen
    /// Another job has the terminal, and no shell is there to bring this one to the foreground.
    case background
    /// The system refused something: what was tried, and `errno`.
    case system(String, Int32)

    /// One line that says what is wrong and what to do about it.
    public var description: String {
        switch self {
        case .notATerminal: "Input and output must both be a terminal."
        case .noTerminalType: "TERM is not set, so the terminal's abilities are unknown. Set it."
        case .tooSimple(let name): "TERM=\(Self.quoted(name)) cannot draw a screen. Set another."
        case .unknownType(let name):
            "TERM=\(Self.quoted(name)) is not in the terminfo database. Try TERM=xterm-256color."
        case .alreadyOpen: "The screen is open already. Close it first."
        case .background: "Another program has the terminal. Start this one in the foreground, without “&”."
        case .system(let what, let code): "Cannot \(what) (errno \(code))."
        }
    }

    private static func quoted(_ name: String) -> String {
        TextSanitizer.sanitized(String(name.prefix(64)), keepingNewlines: false)
    }
}
