import TerminalKit

/// Text and the screen lines it makes, kept so that a frame of a long chat costs no more than the lines it shows,
/// and so that a token added to a reply wraps only the lines it adds to.
struct WrappedText: Sendable, Hashable {
    /// The text as it came.
    private(set) var text = ""
    private var columns: Int
    private var sanitizer = TextSanitizer.Stream()
    /// The first lines, which more text cannot change.
    private var closed: [String] = []
    /// The text after the closed lines, made harmless to show; `openLines` are its lines.
    private var open = ""
    private var openLines = [""]
    /// Cells that the lines of the open paragraph are indented by; nil while its first line is among them.
    private var openIndent: Int?

    init(_ text: String = "", columns: Int) {
        self.columns = columns
        append(text)
    }

    /// Blank lines at the end, which are not counted: replies like to end with them, and while a reply comes words may
    /// follow.
    private var trailingBlankLines = 0

    /// How many lines the text makes up to its last word; one when there is none.
    var lineCount: Int { max(1, closed.count + openLines.count - trailingBlankLines) }

    /// A line of the text, counted from the top, from 0.
    func line(_ index: Int) -> String {
        index < closed.count ? closed[index] : openLines[index - closed.count]
    }

    /// Adds text at the end.
    mutating func append(_ addition: String) {
        text += addition
        if !extendsLastLine(by: addition) { wrap(addition) }
    }

    /// A short way for nearly all tokens: puts text behind the last line where no other line changes. False, and
    /// nothing done, where lines must be wrapped anew.
    private mutating func extendsLastLine(by addition: String) -> Bool {
        // Letters of other scripts may join with what is before them.
        let isPlain = { (byte: UInt8) in (0x20..<0x7F).contains(byte) }
        guard addition.utf8.allSatisfy(isPlain), addition.utf8.contains(where: { $0 != 0x20 }),
            open.utf8.last.map(isPlain) == true, let last = openLines.indices.last,
            TextMeasure.width(of: openLines[last]) + addition.utf8.count <= columns
        else { return false }
        open += sanitizer.sanitized(addition)
        openLines[last] += addition
        trailingBlankLines = 0
        return true
    }

    /// Takes on a text and a width. A text that begins with the present one, as that of a reply does, only adds to it.
    mutating func update(to new: String, columns: Int) {
        let old = text.utf8
        if columns == self.columns, new.utf8.count >= old.count, new.utf8.prefix(old.count).elementsEqual(old)
        {
            let addition = new.utf8.dropFirst(old.count)
            if !addition.isEmpty, let addition = String(addition) { return append(addition) }
            if addition.isEmpty { return }
        }
        self = WrappedText(new, columns: columns)
    }

    private mutating func wrap(_ addition: String) {
        let parts = sanitizer.sanitized(addition)
            .split(separator: "\n", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index > 0, !(closed.isEmpty && open.isEmpty) {
                closed += wrappedOpen().lines
                open = ""
                openIndent = nil
            }
            // Many replies begin with a space or a newline; on the screen that only looks ragged.
            open += closed.isEmpty && open.isEmpty ? part.drop(while: \.isWhitespace) : part
        }
        openLines = wrappedOpen().lines
        closeFullLines()
        let isBlank = { (line: String) in line.allSatisfy(\.isWhitespace) }
        let open = openLines.reversed().prefix(while: isBlank).count
        trailingBlankLines =
            open < openLines.count ? open : open + closed.reversed().prefix(while: isBlank).count
    }

    /// Closes all lines of the open paragraph but the last two, which more text can change (the last one grows, and
    /// where its first character becomes another, some of it may fit the line before). Without this a long paragraph
    /// would be wrapped from its beginning for every token.
    ///
    /// Where the text cannot be found again in its lines (tabs have become spaces there), nothing is closed.
    private mutating func closeFullLines() {
        guard openLines.count > 2 else { return }
        let (lead, body, lines) = wrappedOpen()
        let full = openLines.dropLast(2)
        var rest = body[...]
        for line in full {
            let text = line.dropFirst(lead.count)
            guard rest.starts(with: text) else { return }
            rest = rest.dropFirst(text.count).drop { $0 == " " }
        }
        let before = (open, openIndent)
        (open, openIndent) = (String(rest), lead.count)
        guard wrappedOpen().lines == lines.suffix(2) else {
            (open, openIndent) = before
            return
        }
        closed += full
        openLines = Array(lines.suffix(2))
    }

    /// The open paragraph: what stands at its beginning, the text after that, and its lines, before each of which the
    /// beginning or as many spaces stand.
    private func wrappedOpen() -> (lead: String, body: String, lines: [String]) {
        let lead =
            openIndent.map { String(repeating: " ", count: $0) }
            ?? HangingLead.lead(of: open, columns: columns)
        let body = openIndent == nil ? String(open.dropFirst(lead.count)) : open
        let space = String(repeating: " ", count: lead.count)
        let lines = TextWrap.lines(of: body, columns: columns - lead.count)
        return (lead, body, lines.enumerated().map { ($0 == 0 ? lead : space) + $1 })
    }
}
