/// A block of a Markdown document: what stands by itself, one below the other (GitHub Flavored Markdown 0.29, sections
/// 4 and 5).
public indirect enum Block: Sendable, Hashable {
    /// Text of one paragraph.
    case paragraph([Inline])
    /// A heading of a level, 1…6.
    case heading(level: Int, [Inline])
    /// Code as it was written, without a newline at its end; `language` is the first word after the fence, empty where
    /// none is told.
    case code(language: String, text: String)
    /// What is quoted.
    case quote([Block])
    /// Items of a list. `start` is the number of the first; nil for bullets. Between the items of a tight list there is
    /// no blank line.
    case list(start: Int?, isTight: Bool, items: [[Block]])
    /// A table: as many alignments, and cells in each row, as there are in its header.
    case table(alignments: [ColumnAlignment], header: [[Inline]], rows: [[[Inline]]])
    /// A line across.
    case rule
}

/// How the cells of a table's column are aligned.
public enum ColumnAlignment: Sendable, Hashable {
    /// At the left, which is also what is done where nothing is said.
    case left
    /// In the middle.
    case center
    /// At the right.
    case right
}

/// A piece of text in one look. A newline in it is a line break that was asked for or typed.
public struct Inline: Sendable, Hashable {
    /// How a text is set.
    public struct Traits: OptionSet, Sendable, Hashable {
        /// The set as bits, one for each trait.
        public let rawValue: UInt8

        /// Creates a set of traits from its bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Emphasised, as a rule by italics.
        public static let emphasis = Traits(rawValue: 1 << 0)
        /// Strongly emphasised, as a rule by bold letters.
        public static let strong = Traits(rawValue: 1 << 1)
        /// A piece of code.
        public static let code = Traits(rawValue: 1 << 2)
        /// Struck through.
        public static let struck = Traits(rawValue: 1 << 3)
        /// The text of a link or of an image.
        public static let link = Traits(rawValue: 1 << 4)
        /// The address of a link or of an image, which stands behind its text.
        public static let address = Traits(rawValue: 1 << 5)
    }

    /// The text, free of control characters but for newlines and tabs.
    public var text: String
    /// How it is set.
    public var traits: Traits

    /// Creates a piece of text.
    public init(_ text: String, _ traits: Traits = []) {
        self.text = text
        self.traits = traits
    }
}
