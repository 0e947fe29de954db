/// Finds fenced blocks of code in Markdown (CommonMark 0.31, section 4.5).
enum CodeBlocks {
    /// The text of the last block, without its fences; nil where there is none. A block that is not closed goes on to
    /// the end.
    static func last(in markdown: String) -> String? {
        var last: [Substring]?
        var fence: (mark: Character, count: Int)?
        var lines: [Substring] = []
        for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
            let text = line.drop { $0 == " " }
            if let open = fence {
                let run = text.prefix { $0 == open.mark }
                if run.count >= open.count, text.dropFirst(run.count).allSatisfy({ $0 == " " }) {
                    (last, fence) = (lines, nil)
                } else {
                    lines.append(line)
                }
            } else if let mark = text.first, mark == "`" || mark == "~",
                case let count = text.prefix(while: { $0 == mark }).count, count >= 3
            {
                fence = (mark, count)
                lines = []
            }
        }
        return (fence == nil ? last : lines).map { $0.joined(separator: "\n") }
    }
}
