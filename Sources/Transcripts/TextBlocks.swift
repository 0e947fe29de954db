/// A text cut into paragraphs and fenced code.
enum TextBlocks {
    enum Block: Sendable, Hashable {
        /// Lines between empty ones.
        case paragraph(String)
        /// The lines between two fences, or between one and the end of the text.
        case code(String)
    }

    /// The blocks of a text, in order. A fence is three backquotes or more, or three tildes or more, after at most
    /// three spaces; one of the same sign that is at least as long and stands alone ends the code.
    static func of(_ text: String) -> [Block] {
        var blocks: [Block] = []
        var lines: [Substring] = []
        var fence: Substring?
        func take() {
            let text = lines.joined(separator: "\n")
            if fence != nil {
                blocks.append(.code(text))
            } else if !text.isEmpty {
                blocks.append(.paragraph(text))
            }
            lines = []
        }
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            if let open = fence {
                if let close = Self.fence(line), close.first == open.first, close.count >= open.count,
                    line.allSatisfy({ $0 == close.first || $0.isWhitespace })
                {
                    take()
                    fence = nil
                } else {
                    lines.append(line)
                }
            } else if let open = Self.fence(line) {
                take()
                fence = open
            } else if line.allSatisfy(\.isWhitespace) {
                take()
            } else {
                lines.append(line)
            }
        }
        if fence != nil || !lines.isEmpty { take() }
        return blocks
    }

    /// The fence that a line begins with; nil where it begins with none.
    private static func fence(_ line: Substring) -> Substring? {
        let indent = line.prefix { $0 == " " }
        guard indent.count <= 3, let sign = line.dropFirst(indent.count).first, sign == "`" || sign == "~"
        else { return nil }
        let fence = line.dropFirst(indent.count).prefix { $0 == sign }
        return fence.count >= 3 ? fence : nil
    }
}
