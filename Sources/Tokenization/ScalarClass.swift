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

    /// Classifies a scalar exactly as the Hugging Face `tokenizers` package does (0.23).
    ///
    /// That package's letters come from Oniguruma, which knows Unicode 16: a letter added later is none to it. Its
    /// numbers come from Rust and are those of Unicode 17, as Swift's are.
    package init(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "a"..."z", "A"..."Z":
            self = .letter
        case "0"..."9":
            self = .number
        case " ", "\t"..."\r":
            self = .whitespace
        case "\0"..."\u{7F}":
            self = .other
        default:
            self.init(beyondASCII: scalar.properties)
        }
    }

    private init(beyondASCII properties: Unicode.Scalar.Properties) {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            self = (properties.age?.major ?? .max) <= 16 ? .letter : .other
        case .decimalNumber, .letterNumber, .otherNumber:
            self = .number
        default:
            self = properties.isWhitespace ? .whitespace : .other
        }
    }
}
