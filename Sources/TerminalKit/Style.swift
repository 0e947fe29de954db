/// A colour of the xterm 256-colour palette, a step of a scale, or the terminal's own default.
///
/// Views choose freely; the backend reduces colours to what the terminal has.
public enum Color: Sendable, Hashable {
    /// The terminal's default foreground or background.
    case standard
    /// An index into the xterm palette: 0–15 system colours, 16–231 a 6×6×6 cube, 232–255 greys.
    case indexed(UInt8)
    /// A step of the scale that pictures show values in, 0 for the lowest to `lastShade` for the highest: the colours
    /// of viridis, from dark violet over green to yellow, whose luminance rises all the way.
    case shade(UInt8)

    /// The highest step of the scale.
    public static let lastShade: UInt8 = 63
}

/// How a cell is drawn.
public struct Style: Sendable, Hashable {
    /// Attributes that need no colour.
    public struct Attributes: OptionSet, Sendable, Hashable {
        /// The set as bits, one for each attribute.
        public let rawValue: UInt8

        /// Creates a set of attributes from its bits.
        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// Bold: brighter or heavier.
        public static let bold = Attributes(rawValue: 1 << 0)
        /// Dim: fainter.
        public static let dim = Attributes(rawValue: 1 << 1)
        /// Reverse: foreground and background exchanged.
        public static let reverse = Attributes(rawValue: 1 << 2)
        /// Underlined.
        public static let underline = Attributes(rawValue: 1 << 3)
        /// Italic; underlined where the terminal has no italic letters.
        public static let italic = Attributes(rawValue: 1 << 4)
    }

    /// The colour of the text.
    public var foreground: Color
    /// The colour behind the text.
    public var background: Color
    /// Bold, dim, reverse, underline, italic.
    public var attributes: Attributes

    /// The terminal's own colours, without attributes.
    public static let plain = Style()

    /// Creates a style.
    public init(foreground: Color = .standard, background: Color = .standard, attributes: Attributes = []) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }
}

/// How many colours the terminal can show. Views that encode meaning in colour ask, so that nothing depends on colours
/// that are not there.
public enum ColorDepth: Int, Sendable, Hashable, Comparable {
    /// No colour: attributes and glyphs carry the meaning.
    case monochrome = 1
    /// The eight ANSI colours.
    case eight = 8
    /// The eight ANSI colours and their bright forms.
    case sixteen = 16
    /// The xterm palette.
    case twoFiftySix = 256
    /// Every red, green and blue of 8 bits.
    case trueColor = 16_777_216

    /// Fewer colours order first.
    public static func < (left: ColorDepth, right: ColorDepth) -> Bool {
        left.rawValue < right.rawValue
    }
}
