/// How many columns text takes on the screen.
///
/// The measure is of what `Frame.write` draws: text is taken grapheme cluster by grapheme cluster, after
/// `TextSanitizer` has had its say. East Asian wide and fullwidth characters and emoji (flags, keycaps, skin
/// tones, joined sequences and those made so by U+FE0F included) take two columns; combining marks none; a control
/// character one, because a visible replacement stands for it. East Asian *ambiguous* characters take one column:
/// so do terminals, unless told otherwise.
public enum TextMeasure {
    /// The columns a grapheme cluster takes on the screen: 0 where it shows nothing, else 1 or 2 as a rule.
    public static func width(of character: Character) -> Int {
        let scalars = character.unicodeScalars
        if let only = scalars.first, scalars.index(after: scalars.startIndex) == scalars.endIndex {
            return width(ofAlone: only)
        }
        return sanitizedWidth(of: TextSanitizer.drawable(character))
    }

    /// The columns a line of text takes on the screen: the sum over its grapheme clusters.
    public static func width(of text: String) -> Int {
        isPlain(text) ? text.utf8.count : text.reduce(0) { $0 + width(of: $1) }
    }

    /// Whether a text is printable ASCII throughout, so that each byte is a cluster one column wide.
    static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
    }

    /// The longest beginning of a line that fits so many columns, ended by `ellipsis` where something was cut off.
    ///
    /// The result never takes more than `columns` columns: where not even the ellipsis fits, it is a part of that.
    public static func truncated(_ text: String, to columns: Int, ellipsis: String = "…") -> String {
        guard width(of: text) > columns else { return text }
        let room = columns - width(of: ellipsis)
        return room < 0 ? prefix(of: ellipsis, columns: columns) : prefix(of: text, columns: room) + ellipsis
    }

    /// The longest beginning of a line that takes at most `columns` columns.
    static func prefix(of text: String, columns: Int) -> String {
        var used = 0
        var end = text.startIndex
        while end < text.endIndex {
            used += width(of: text[end])
            if used > columns { break }
            end = text.index(after: end)
        }
        return String(text[..<end])
    }

    /// The columns of a cluster that `TextSanitizer.drawable` returned.
    static func sanitizedWidth(of cluster: String) -> Int {
        let scalars = cluster.unicodeScalars
        guard let first = scalars.first else { return 0 }
        if scalars.dropFirst().isEmpty { return width(of: first) }
        return isEmojiSequence(scalars) ? 2 : scalars.reduce(0) { $0 + width(of: $1) }
    }

    /// The columns of a grapheme cluster of one scalar, as it is drawn. A short way for nearly all clusters, with the
    /// result of `TextSanitizer.drawable` and `sanitizedWidth`.
    private static func width(ofAlone scalar: Unicode.Scalar) -> Int {
        switch TextSanitizer.fate(of: scalar) {
        case .stays: width(of: scalar)
        case .isReplaced: 1
        case .vanishes: 0
        }
    }

    /// The columns one scalar takes by itself.
    package static func width(of scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x300 { return 1 }
        if isZeroWidth(scalar) { return 0 }
        return WideScalars.contains(scalar) ? 2 : 1
    }

    /// Whether a scalar takes no column: combining marks, invisible format characters, and the medial and final Hangul
    /// letters, which join the initial one to a syllable. Spacing marks (general category Mc) move the cursor in
    /// terminals, so they take one.
    private static func isZeroWidth(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1160...0x11FF, 0xD7B0...0xD7FF: return true
        // Format characters with a picture: Arabic, Syriac and Kaithi number signs that go before digits.
        case 0x0600...0x0605, 0x06DD, 0x070F, 0x0890...0x0891, 0x08E2, 0x110BD, 0x110CD: return false
        default: break
        }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return true
        default: return false
        }
    }

    /// Whether several scalars make one emoji: whatever their number, it is drawn two columns wide.
    private static func isEmojiSequence(_ scalars: String.UnicodeScalarView) -> Bool {
        guard let first = scalars.first, first.properties.isEmoji else { return false }
        return scalars.dropFirst().contains { scalar in
            scalar.value == 0xFE0F || scalar.properties.isEmojiModifier || isRegionalIndicator(scalar)
                || (scalar.properties.isEmojiPresentation)
        }
    }

    private static func isRegionalIndicator(_ scalar: Unicode.Scalar) -> Bool {
        (0x1F1E6...0x1F1FF).contains(scalar.value)
    }
}
