/// Something that a user decides for all runs of the program: what it is called, what it means and which values it
/// takes.
public struct Setting: Sendable, Identifiable {
    /// The setting's name, as the file has it: lower case, words joined by `_`.
    public let name: String
    /// What the setting does, in one sentence without a full stop.
    public let meaning: String
    /// Which values it takes.
    public let kind: Kind
    /// The value where the user gave none; nil where that depends on something else.
    public let defaultValue: SettingValue?
    /// What is in force where the user gave no value: the default value, or what it depends on.
    public let defaultText: String

    /// The name, by which settings are told apart.
    public var id: String { name }

    /// The environment variable that gives a value: `FATHOM_TOP_P` for `top_p`.
    public var environmentName: String { "FATHOM_" + name.uppercased() }

    /// The command line's option that gives a value: `--top-p` for `top_p`.
    public var optionName: String { "--" + name.replacing("_", with: "-") }

    /// Which values a setting takes.
    public enum Kind: Sendable, Hashable {
        /// A number within bounds.
        case number(Bounds)
        /// A whole number within a range.
        case integer(ClosedRange<Int>)
        /// One of some words.
        case choice([String])
        /// Yes or no.
        case flag
        /// Any text.
        case text
        /// A path; a leading `~/` is the user's home.
        case path
    }

    /// From where to where a number may go.
    public struct Bounds: Sendable, Hashable {
        /// The least number, or the one that it must exceed.
        public let least: Double
        /// Whether `least` itself is allowed.
        public let includesLeast: Bool
        /// The greatest number; nil where there is none.
        public let most: Double?

        /// Whether a number is within the bounds. Infinities and what is no number never are.
        public func contains(_ number: Double) -> Bool {
            guard number.isFinite, includesLeast ? number >= least : number > least else { return false }
            return most.map { number <= $0 } ?? true
        }
    }

    /// What to give, as an error says it: `0 to 100`, `held, table or budget`.
    public var allowed: String {
        switch kind {
        case .number(let bounds):
            let (least, most) = (Self.text(bounds.least), bounds.most.map(Self.text))
            return switch (bounds.includesLeast, most) {
            case (true, let most?): "\(least) to \(most)"
            case (true, nil): "\(least) or more"
            case (false, let most?): "more than \(least), at most \(most)"
            case (false, nil): "a number above \(least)"
            }
        case .integer(let range):
            return range.upperBound == .max
                ? "a whole number, at least \(range.lowerBound)"
                : "a whole number, \(range.lowerBound) to \(range.upperBound)"
        case .choice(let words):
            return words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
        case .flag: return "true or false"
        case .text: return "a text"
        case .path: return "a path"
        }
    }

    /// A number without a needless fraction.
    static func text(_ number: Double) -> String {
        Int(exactly: number).map { "\($0)" } ?? "\(number)"
    }
}

extension Setting: Hashable {
    /// Whether two settings have one name.
    public static func == (one: Setting, other: Setting) -> Bool { one.name == other.name }

    /// Hashes the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
