/// The line under which a conversation is listed.
public enum Title {
    /// The most characters a title has, the ellipsis included.
    public static let maximumLength = 72
    /// The most Unicode scalars a title has: one character alone may carry any number of combining marks.
    public static let maximumScalars = 4 * maximumLength

    /// A title for a conversation that the user opened with `message`: the message's words on one line, cut with an
    /// ellipsis where they are too many. Empty where the message has no visible text.
    public static func of(_ message: String) -> String {
        // The beginning is enough, however long a text was pasted.
        let beginning = String(String.UnicodeScalarView(message.unicodeScalars.prefix(16 * maximumLength)))
        let words = beginning.replacingControlCharacters(with: " ").split(whereSeparator: \.isWhitespace)
        return cut(words.joined(separator: " "))
    }

    private static func cut(_ line: String) -> String {
        guard line.count > maximumLength || line.unicodeScalars.count > maximumScalars else { return line }
        var title = ""
        var scalars = 1
        for character in line.prefix(maximumLength - 1) {
            scalars += character.unicodeScalars.count
            guard scalars <= maximumScalars else { break }
            title.append(character)
        }
        return title + "…"
    }
}
