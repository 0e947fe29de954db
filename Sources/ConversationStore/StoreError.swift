import Conversations

/// Why conversations cannot be kept or read back. None of the cases means that anything already kept was changed or
/// lost.
public enum StoreError: Error, Sendable, Hashable {
    /// It is not known where the user's files are.
    case noHome
    /// The folder for the database cannot be made or entered.
    case unusableFolder(path: String, reason: String)
    /// Something is at `path` that cannot be opened as a file.
    case cannotOpen(path: String, reason: String)
    /// The file at `path` is damaged, cut short, or no SQLite database at all.
    case damaged(path: String, reason: String)
    /// The file at `path` is a sound SQLite database of another program.
    case foreign(path: String)
    /// The database was written by a later version of fathom, whose schema this one does not know.
    case newer(path: String)
    /// Another process kept the database locked for longer than this one waits.
    case locked(path: String)
    /// The database, or its folder, may be read but not written.
    case readOnly(path: String)
    /// No space is left where the database lies.
    case full(path: String)
    /// No conversation of this number is kept: another fathom may have deleted it.
    case noSuchConversation(id: Int64)
    /// Another chat went on with the conversation, or took something out of it.
    case changedElsewhere(conversation: Int64)
    /// SQLite refused for a reason that the other cases do not cover.
    case failed(path: String, reason: String)
}

extension StoreError: CustomStringConvertible {
    /// One line for the user: what is wrong and what to do next. Control characters are replaced.
    public var description: String {
        let line =
            switch self {
            case .noHome:
                "There is no home folder to keep conversations in. Set HOME or XDG_DATA_HOME to an absolute path."
            case .unusableFolder(let path, let reason):
                "Cannot use the folder \(path): \(reason). Set XDG_DATA_HOME to another one."
            case .cannotOpen(let path, let reason):
                "Cannot open \(path): \(reason). Move it away."
            case .damaged(let path, let reason):
                "\(path) is damaged or no database of fathom (\(reason)). Move it away together with its -wal "
                    + "and -shm files to start afresh."
            case .foreign(let path):
                "\(path) is a database of another program. Move it away, or set XDG_DATA_HOME to another "
                    + "folder."
            case .newer(let path):
                "\(path) was written by a newer fathom. Update fathom."
            case .locked(let path):
                "\(path) is locked by another program. Try again when that is done."
            case .readOnly(let path):
                "\(path) or its folder cannot be written. Make both writable, or set XDG_DATA_HOME to "
                    + "another folder."
            case .full(let path):
                "No space is left for \(path). Free some."
            case .noSuchConversation(let id):
                "There is no conversation \(id)."
            case .changedElsewhere(let id):
                "Another chat went on with conversation \(id)."
            case .failed(let path, let reason):
                "Cannot use \(path): \(reason). Try again."
            }
        return line.replacingControlCharacters(with: "\u{FFFD}")
    }
}
