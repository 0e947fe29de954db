/// Why a template cannot be rendered.
package enum JinjaError: Error, Hashable {
    /// It is not written as templates are, at a line of it.
    case syntax(String, line: Int)
    /// It uses something that is not known here.
    case unknown(String)
    /// An operation is not defined for the values it was given.
    case type(String)
    /// It refused what it was to render, in its own words.
    case raised(String)
    /// It takes too many steps, goes too deep or writes too much.
    case limit
}

extension JinjaError: CustomStringConvertible {
    /// What is at fault, in a few words; text from the template is not escaped.
    package var description: String {
        switch self {
        case .syntax(let what, let line): "\(what) in line \(line)"
        case .unknown(let what): "\(what) is not known here"
        case .type(let what): what
        case .raised(let message): "it says: \(message)"
        case .limit: "it does not come to an end"
        }
    }
}
