/// Why settings cannot be read or changed.
public enum SettingsError: Error, Sendable, Hashable {
    /// There is no setting of this name.
    case unknown(String, at: Origin?)
    /// A setting does not take a value; `given` and `allowed` say, in words, what it was given and what it takes.
    case value(String, given: String, allowed: String, at: Origin?)
    /// The file is no TOML. Lines and columns count from 1.
    case syntax(path: String, line: Int, column: Int, reason: String)
    /// The file cannot be read, or is no file of settings.
    case unreadable(path: String, reason: String)
    /// The file cannot be written; what was in it still is.
    case unwritable(path: String, reason: String)
    /// It is not known where the user's files are.
    case noHome
}

extension SettingsError: CustomStringConvertible {
    /// One line for the user: where the fault is and what to give instead.
    public var description: String {
        switch self {
        case .unknown(let name, let origin):
            let names = Setting.all.map(\.name)
            let likely = names.min { Self.distance($0, name) < Self.distance($1, name) }
                .filter { Self.distance($0, name) <= 2 }
            let help =
                likely.map { "; do you mean \($0)?" } ?? ". There are \(names.joined(separator: ", "))."
            return "\(Self.place(origin))there is no setting “\(name)”\(help)".capitalizedFirst
        case .value(let name, let given, let allowed, let origin):
            let called = if case .environment(let variable) = origin { variable } else { name }
            let place = if case .environment = origin { "" } else { Self.place(origin) }
            return "\(place)\(called) is \(given); give \(allowed)."
        case .syntax(let path, let line, let column, let reason):
            return "\(path), line \(line), column \(column): \(reason)."
        case .unreadable(let path, let reason): return "\(path) cannot be read: \(reason)."
        case .unwritable(let path, let reason): return "\(path) cannot be written: \(reason)."
        case .noHome:
            return "There is no home folder for settings. Set HOME or XDG_CONFIG_HOME to an absolute path."
        }
    }

    private static func place(_ origin: Origin?) -> String { origin.map { "\($0): " } ?? "" }

    /// How many characters must be added, taken out or changed to make one text the other (Levenshtein, 1965).
    private static func distance(_ one: String, _ other: String) -> Int {
        let other = Array(other)
        var row = Array(0...other.count)
        for character in one {
            var diagonal = row[0]
            row[0] += 1
            for (column, otherCharacter) in other.enumerated() {
                let changed = diagonal + (character == otherCharacter ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(changed, row[column] + 1, row[column + 1] + 1)
            }
        }
        return row[other.count]
    }
}

extension Optional {
    /// The value where it passes a test; nil otherwise.
    fileprivate func filter(_ test: (Wrapped) -> Bool) -> Self { flatMap { test($0) ? $0 : nil } }
}

extension String {
    /// The text with its first letter in upper case, unless it begins with a path.
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
