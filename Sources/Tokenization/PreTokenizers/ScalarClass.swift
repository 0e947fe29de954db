/// What a scalar is to the rule that cuts text into words.
package enum ScalarClass: Sendable {
    /// A letter, `\p{L}`.
    case letter
    /// A number, `\p{N}`.
    case number
    /// White space, `\s`.
    case whitespace
    /// Anything else.
    case other

    /// The major version of Unicode that the patterns know.
    private static let knownVersion = 16

    /// Classifies a scalar exactly as the Hugging Face `tokenizers` package does (0.23) where it sets numbers apart.
    ///
    /// That package's letters come from Oniguruma, which knows Unicode 16: a letter added later is none to it. Its
    /// numbers that are set apart come from Rust and are those of Unicode 17, as Swift's are.
    package init(_ scalar: Unicode.Scalar) {
        if scalar.isASCII {
            self.init(ascii: UInt8(truncatingIfNeeded: scalar.value))
        } else {
            self.init(beyondASCII: scalar.properties)
        }
    }

    /// Classifies a scalar exactly as a pattern of that package does, which takes numbers from Oniguruma, too.
    package init(inPattern scalar: Unicode.Scalar) {
        self.init(scalar)
        if self == .number, !ScalarClass.isKnown(scalar.properties) { self = .other }
    }

    /// Classifies a character of ASCII.
    init(ascii byte: UInt8) {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): self = .letter
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self = .number
        case 0x20, 0x09...0x0D: self = .whitespace
        default: self = .other
        }
    }

    private init(beyondASCII properties: Unicode.Scalar.Properties) {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            self = ScalarClass.isKnown(properties) ? .letter : .other
        case .decimalNumber, .letterNumber, .otherNumber:
            self = .number
        default:
            self = properties.isWhitespace ? .whitespace : .other
        }
    }

    /// Whether a scalar is punctuation, `\p{P}`, in the same package's patterns.
    package static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
            .initialPunctuation, .finalPunctuation, .otherPunctuation:
            isKnown(scalar.properties)
        default: false
        }
    }

    private static func isKnown(_ properties: Unicode.Scalar.Properties) -> Bool {
        (properties.age?.major ?? .max) <= knownVersion
    }
}
