import TerminalKit

/// Text and the screen lines it makes, kept so that a frame of a long chat costs no more than the lines it shows,
/// and so that a token added to a reply wraps only the paragraph it adds to.
struct WrappedText: Sendable, Hashable {
    /// What was said, as it came.
    private(set) var text = ""
    private(set) var columns: Int
    /// Lines of the paragraphs that are complete.
    private var closed: [String] = []
    /// The paragraph still being written, made harmless to show, and its lines.
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
    }
}
