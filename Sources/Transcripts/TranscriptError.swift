/// Why a document is no conversation.
public enum TranscriptError: Error, Sendable, Hashable {
    /// It is no JSON.
    case notJSON
    /// It is of another format, or of a later version of this one.
    case format(found: String)
    /// A field has a fault. Its name is that of a path: `messages[2].date`; messages count from 0.
    case field(String, String)
}

extension TranscriptError: CustomStringConvertible {
    /// One line for the user: what is at fault and what is expected.
    public var description: String {
        switch self {
        case .notJSON: "This is no JSON; “fathom export -o chat.json” writes what can be imported."
        case .format(let found):
            "The field format is “\(found.prefix(40))”; this fathom reads \(ConversationDocument.format)."
        case .field(let name, let problem): "The field \(name) \(problem)."
        }
    }
}

extension TranscriptError {
    /// What the decoder says, with the path of the field.
    init(_ error: any Error) {
        func path(_ keys: [any CodingKey]) -> String {
            keys.reduce("") { path, key in
                if let index = key.intValue { return "\(path)[\(index)]" }
                return path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)"
            }
        }
        switch error {
        case let error as TranscriptError: self = error
        case DecodingError.keyNotFound(let key, let context):
            self = .field(path(context.codingPath + [key]), "is missing")
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            self =
                context.codingPath.isEmpty
                ? .notJSON
                : .field(path(context.codingPath), "is of another type")
        case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
            self = .field(path(context.codingPath), "cannot be read")
        default: self = .notJSON
        }
    }
}
