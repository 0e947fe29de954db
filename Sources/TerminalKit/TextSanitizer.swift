/// Makes text from a model, a paste or a file harmless to show.
///
/// A terminal obeys control characters, so none may reach it; nor may characters that reorder or hide the text
/// around them. What happens to them:
///
/// - U+FFFD `�` stands for each control character (C0, DEL, C1: so an escape sequence shows as `�[31m`), each
///   bidirectional embedding, override and isolate, each deprecated or tag format character (tags spell invisible
///   text; they stay where they name a region's flag), and each line or paragraph separator.
/// - Invisible characters that move nothing vanish: soft hyphen, zero width space, word joiner, byte order mark,
///   directional marks, invisible operators, Hangul fillers.
/// - Carriage returns, alone or before a line feed, become line feeds.
/// - Everything else stays, joiners of emoji and of Indic and Arabic letters included.
public enum TextSanitizer {
    /// What stands for a character that must not be shown.
    public static let replacement: Character = "\u{FFFD}"

    /// The text with nothing left in it that a terminal would obey.
    ///
    /// With `keepingNewlines` line feeds and tabs stay; without, each becomes a space, so that the result is one line.
    public static func sanitized(_ text: String, keepingNewlines: Bool = true) -> String {
        if TextMeasure.isPlain(text) { return text }
        var stream = Stream(keepingNewlines: keepingNewlines)
        return stream.sanitized(text)
    }

    /// Makes a text that comes in pieces harmless: the pieces put together are what the whole text becomes.
    public struct Stream: Sendable, Hashable {
        private let keepsNewlines: Bool
        private var flag = FlagTags()
        private var afterReturn = false

        /// Creates a stream at the beginning of a text. With `keepingNewlines` line feeds and tabs stay; without, each
        /// becomes a space.
        public init(keepingNewlines: Bool = true) {
            keepsNewlines = keepingNewlines
        }

        /// The next piece of the text with nothing left in it that a terminal would obey.
        public mutating func sanitized(_ piece: String) -> String {
            if piece.isEmpty { return piece }
            if TextMeasure.isPlain(piece) {
                self = Stream(keepingNewlines: keepsNewlines)
                return piece
            }
            var result = String.UnicodeScalarView()
            for scalar in piece.unicodeScalars {
                defer { afterReturn = scalar == "\r" }
                let inFlag = flag.accepts(scalar)
                switch scalar {
                case "\n" where afterReturn: break
                case "\n", "\r": result.append(keepsNewlines ? "\n" : " ")
                case "\t": result.append(keepsNewlines ? "\t" : " ")
                case _ where inFlag: result.append(scalar)
                default:
                    switch fate(of: scalar) {
                    case .stays: result.append(scalar)
                    case .vanishes: break
                    case .isReplaced: result.append("\u{FFFD}")
                    }
                }
            }
            return String(result)
        }
    }

    /// What to draw for one grapheme cluster: a space for a newline or tab, nothing for what vanishes, and never
    /// more than a few combining marks, which would otherwise let one character grow without bound.
    static func drawable(_ character: Character) -> String {
        if character.utf8.count == 1, let byte = character.utf8.first {
            return byte >= 0x20 && byte < 0x7F ? String(character) : isBlank(byte) ? " " : String(replacement)
        }
        let isHarmless = character.unicodeScalars.allSatisfy { fate(of: $0) == .stays }
        let clean = isHarmless ? character : sanitized(String(character), keepingNewlines: false).first
        guard let clean else { return "" }
        return String(String.UnicodeScalarView(clean.unicodeScalars.prefix(longestCluster)))
    }

    private static let longestCluster = 16

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    /// What becomes of a scalar of a text that is made harmless.
    enum Fate {
        case stays, vanishes, isReplaced
    }

    /// What becomes of a scalar that is neither a line break nor a tab.
    static func fate(of scalar: Unicode.Scalar) -> Fate {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F: .isReplaced
        case 0x20...0xAC: .stays
        case 0xAD, 0x061C, 0x180E, 0x200B, 0x200E...0x200F, 0x2060...0x2064, 0x3164, 0xFEFF, 0xFFA0: .vanishes
        case 0x2028...0x2029, 0x202A...0x202E, 0x2065...0x206F, 0xFFF9...0xFFFB, 0xE0000...0xE0FFF:
            .isReplaced
        default: .stays
        }
    }
}

/// Recognises the tag characters of a region's flag: U+1F3F4, tags, U+E007F.
private struct FlagTags: Sendable, Hashable {
    private var afterFlag = false

    /// Whether `scalar`, the next of the text, is a tag that belongs to a flag.
    mutating func accepts(_ scalar: Unicode.Scalar) -> Bool {
        let isTag = (0xE0020...0xE007F).contains(scalar.value)
        let belongs = afterFlag && isTag
        afterFlag = scalar.value == 0x1F3F4 || (belongs && scalar.value != 0xE007F)
        return belongs
    }
}
