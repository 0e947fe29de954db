import Markdown
import TerminalKit

/// The screen lines of something said, kept so that a token added to a reply sets only what it changes.
struct ItemText: Sendable, Hashable {
    /// How a text is shown.
    enum Form: Sendable, Hashable {
        /// As it was written.
        case source
        /// As Markdown, which may be still being written.
        case markdown(isComplete: Bool)
    }

    /// What is set by itself.
    private enum Part: Sendable, Hashable {
        case paragraph(Substring)
        case block(Block)
    }

    private var text = ""
    private var form = Form.source
    private var columns = 0
    private var glyphs = Glyphs(.unicode)
    private var parts: [Part] = []
    /// For each part, how many lines there are before it.
    private var starts: [Int] = []
    private var lines: [TextLine] = []
    /// Blank lines at the end, which are not counted: replies like to end with them, and while a reply comes words may
    /// follow.
    private var trailingBlankLines = 0

    init() {}

    init(_ text: String, _ form: Form, columns: Int, glyphs: Glyphs) {
        update(to: text, form, columns: columns, glyphs: glyphs)
    }

    /// How many lines the text makes up to its last word; one when there is none.
    var lineCount: Int { max(1, lines.count - trailingBlankLines) }

    /// A line of the text, counted from the top, from 0.
    func line(_ index: Int) -> TextLine { lines.indices.contains(index) ? lines[index] : TextLine() }

    /// Takes on a text and how it is to be set.
    mutating func update(to text: String, _ form: Form, columns: Int, glyphs: Glyphs) {
        let isSame = self.columns == columns && self.glyphs == glyphs
        if isSame, self.form == form, self.text == text { return }
        let new = ItemText.parts(of: text, form)
        let kept = isSame ? zip(parts, new).prefix { $0 == $1 }.count : 0
        (self.text, self.form, self.columns, self.glyphs) = (text, form, columns, glyphs)
        if kept < starts.count { lines.removeLast(lines.count - starts[kept]) }
        starts.removeLast(starts.count - kept)
        for part in new.dropFirst(kept) {
            starts.append(lines.count)
            if case .block = part, !lines.isEmpty { lines.append(TextLine()) }
            lines += self.lines(of: part)
        }
        parts = new
        trailingBlankLines = lines.reversed().prefix(while: \.isBlank).count
    }

    private static func parts(of text: String, _ form: Form) -> [Part] {
        switch form {
        case .markdown(let isComplete):
            let clean = TextSanitizer.sanitized(text)
            let shown = isComplete ? clean : UnfinishedMarkdown.shown(clean)
            return MarkdownDocument(shown).blocks.map(Part.block)
        case .source:
            // Many replies begin with a space or a newline; on the screen that only looks ragged.
            return TextSanitizer.sanitized(text).drop(while: \.isWhitespace)
                .split(separator: "\n", omittingEmptySubsequences: false).map(Part.paragraph)
        }
    }

    private func lines(of part: Part) -> [TextLine] {
        switch part {
        case .block(let block): MarkdownLayout(glyphs: glyphs).lines(of: block, columns: columns)
        case .paragraph(let text):
            TextLine.hanging(
                HangingLead.lead(of: text, columns: columns), of: [InkedText(String(text))], columns: columns)
        }
    }
}
