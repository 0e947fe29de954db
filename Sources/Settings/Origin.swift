/// Where the value of a setting comes from.
public enum Origin: Sendable, Hashable, CustomStringConvertible {
    /// The program itself: the user gave none.
    case builtIn
    /// A line of the file of settings; lines count from 1.
    case file(path: String, line: Int)
    /// An environment variable.
    case environment(String)

    /// The user, in the chat that is going on.
    case chat

    /// The origin as `fathom config` names it.
    public var description: String {
        switch self {
        case .builtIn: "default"
        case .file(let path, let line): "\(path), line \(line)"
        case .environment(let name): name
        case .chat: "this chat"
        }
    }
}
