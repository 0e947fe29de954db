import TerminalKit

/// Text and the screen lines it makes, kept so that a frame of a long chat costs no more than the lines it shows,
/// and so that a token added to a reply wraps only the lines it adds to.
struct WrappedText: Sendable, Hashable {
    /// What was said, as it came.
    private(set) var text = ""
    private(set) var columns: Int
    /// Lines that more text cannot change.
    private var closed: [String] = []
    /// What has been written since, made harmless to show, and its lines.
    private var open = ""
    private var openLines = [""]

    init(_ text: String = "", columns: Int) {
        self.columns = columns
        append(text)
    }

    /// How many lines the text makes; one when it is empty.
    var lineCount: Int { closed.count + openLines.count }

    /// One line, counted from the top.
    func line(_ index: Int) -> String {
        index < closed.count ? closed[index] : openLines[index - closed.count]
    }

    /// Adds text at the end.
    mutating func append(_ addition: String) {
        text += addition
        wrap(addition)
    }

    /// Wraps everything anew for another width.
    mutating func rewrap(columns: Int) {
        guard columns != self.columns else { return }
        self.columns = columns
        closed = []
        open = ""
        openLines = [""]
        wrap(text)
    }

    private mutating func wrap(_ addition: String) {
        let parts = TextSanitizer.sanitized(addition)
            .split(separator: "\n", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index > 0, !(closed.isEmpty && open.isEmpty) {
                closed += TextWrap.lines(of: open, columns: columns)
                open = ""
            }
            // Many replies begin with a space or a newline; on the screen that only looks ragged.
            open += closed.isEmpty && open.isEmpty ? part.drop(while: \.isWhitespace) : part
        }
        openLines = TextWrap.lines(of: open, columns: columns)
        closeFullLines()
    }

    /// Lets go of all lines of the open paragraph but the last two, which more text can change (the last one
    /// grows, and where its first character becomes another one, some of it may fit the line before). Without
    /// this a long paragraph would be wrapped from its beginning for every token.
    ///
    /// Where the text cannot be found again in its lines (tabs have become spaces there), nothing is let go.
    private mutating func closeFullLines() {
        guard openLines.count > 2 else { return }
        let full = openLines.dropLast(2)
        var rest = open[...]
        for line in full {
            guard rest.starts(with: line) else { return }
            rest = rest.dropFirst(line.count).drop { $0 == " " }
        }
        let kept = TextWrap.lines(of: String(rest), columns: columns)
        guard kept == Array(openLines.suffix(2)) else { return }
        closed += full
        open = String(rest)
        openLines = kept
    }
}
