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
    /// The system refused something: what was tried, and `errno`.
    case system(String, Int32)

    /// One line that says what is wrong and what to do instead.
    public var description: String {
        let instead = "use `fathom run \"…\"`, which needs none"
        return switch self {
        case .notATerminal: "the chat needs a terminal for both input and output; without one, \(instead)"
        case .noTerminalType:
            "TERM is not set, so the terminal's abilities are unknown; set it, or \(instead)"
        case .tooSimple(let name):
            "TERM=\(Self.quoted(name)) cannot draw a screen; set another, or \(instead)"
        case .unknownType(let name):
            "TERM=\(Self.quoted(name)) is not in the terminfo database; try TERM=xterm-256color, or \(instead)"
        case .alreadyOpen: "the screen is open already; close it first"
        case .system(let what, let code): "cannot \(what) (errno \(code)); \(instead)"
        }
    }

    private static func quoted(_ name: String) -> String {
        TextSanitizer.sanitized(String(name.prefix(64)), keepingNewlines: false)
    }
}
