/// Breaks text into lines that fit the screen.
///
/// Lines break at spaces where they can, between any two wide (CJK) characters, and inside a word only when the word
/// alone is wider than the line. Newlines stay line breaks; tabs become spaces up to the next multiple of
/// `tabWidth`. The spaces at which a line breaks are left out, those at the beginning of a paragraph stay, and so do
/// those at the end of a paragraph as far as they fit, so that a cursor can stand behind them.
///
/// Each paragraph is wrapped by itself and each line depends only on the text up to the end of its last word:
/// appending text can change the last paragraph's last line and add lines, nothing before. The cost is linear in the
/// text, a fraction of a microsecond a character; views of long chats keep the lines of finished messages.
public enum TextWrap {
    /// Tab stops are this many columns apart.
    public static let tabWidth = 4

    /// The lines of a text, each at most `columns` wide (but for a wide character where `columns` is 1).
    ///
    /// There is always at least one line, and one more than there are newlines at least.
    public static func lines(of text: String, columns: Int) -> [String] {
        var lines: [String] = []
        for paragraph in text.split(omittingEmptySubsequences: false, whereSeparator: \.isLineBreak) {
            var wrapper = ParagraphWrapper(columns: max(1, columns))
            for character in paragraph { wrapper.add(character) }
            lines += wrapper.finish()
        }
        return lines
    }
}

extension Character {
    /// Whether the character ends a line: a line feed, a carriage return, or both.
    var isLineBreak: Bool { self == "\n" || self == "\r" || self == "\r\n" }
}
