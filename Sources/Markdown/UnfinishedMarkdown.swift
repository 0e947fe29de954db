/// Markdown that is still being written, as by a model token by token.
///
/// What a mark means is known only later: `**bold` is two stars and a word until the next two stars come. Shown as it
/// stands, text would jump each time. So marks at the end, whose meaning is open, are held back, and what was opened in
/// the last paragraph is closed.
public enum UnfinishedMarkdown {
    /// A text to be shown for one that goes on, in which nothing appears that more text would take away again, as far
    /// as that can be told. A complete text is not to be passed through here.
    public static func shown(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard var last = lines.last else { return text }
        var fence: Fence?
        // Where the last paragraph begins: emphasis does not reach over blank lines.
        var paragraph = 0
        for (index, line) in lines.enumerated() {
            if let open = fence {
                if index < lines.count - 1, open.isClosed(by: line) { fence = nil }
                continue
            }
            if index < lines.count - 1, let opened = Fence(line) { fence = opened }
            if line.allSatisfy(\.isWhitespace) || fence != nil || startsBlock(line) {
                paragraph = startsBlock(line) ? index : index + 1
            }
        }
        let before = lines.dropLast()
        if let fence {
            // What may become the closing fence.
            let isMark = !last.isEmpty && last.drop { $0 == " " }.allSatisfy { $0 == fence.mark }
            return before.joined(separator: "\n") + (isMark ? "" : "\n" + last)
        }
        last = withoutOpenMarks(last)
        if isHeldBack(last, after: before.last) {
            // The header of a table is one as soon as the line below it has ended.
            let isHeader = last.allSatisfy { "|-: ".contains($0) } && isTableHeader(before)
            return (isHeader ? before.dropLast() : before).map { $0 + "\n" }.joined()
        }
        let closers = closers(of: (before.dropFirst(paragraph) + [last]).joined(separator: "\n"))
        // Marks behind a space close nothing.
        if !closers.isEmpty {
            last = last[..<(last.lastIndex { $0 != " " }.map(last.index(after:)) ?? last.startIndex)]
        }
        return (before + [last]).joined(separator: "\n") + closers
    }

    /// Whether the last line is only what begins a block, or may become the header of a table.
    private static func isHeldBack(_ line: Substring, after before: Substring?) -> Bool {
        let text = line.drop { $0 == " " }
        guard let first = text.first else { return true }
        if text.allSatisfy({ "#>-+*=_~`|: \t".contains($0) }) { return true }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        if !digits.isEmpty, digits.count <= 9 {
            let rest = text.dropFirst(digits.count)
            if rest.isEmpty || rest == "." || rest == ")" || rest == ". " || rest == ") " { return true }
        }
        // Fences with the name of the language still coming show as soon as the line has ended.
        if first == "`" || first == "~", Fence(line) != nil { return true }
        return first == "|" && before?.contains("|") != true
    }

    /// Whether the last of some lines may be the header of a table, which no line of it follows yet.
    private static func isTableHeader(_ lines: ArraySlice<Substring>) -> Bool {
        guard lines.last?.drop(while: { $0 == " " }).first == "|" else { return false }
        return lines.dropLast().last?.contains("|") != true
    }

    /// A line without the marks at its end whose meaning the next character decides.
    private static func withoutOpenMarks(_ line: Substring) -> Substring {
        var end = line.endIndex
        while end > line.startIndex, case let previous = line.index(before: end),
            "*_~`[!\\".contains(line[previous]), line.startIndex < previous
        {
            end = previous
        }
        // Where the marks close something, `closers` closes it.
        return line[..<end]
    }

    /// What closes all that a paragraph has open, the innermost first.
    private static func closers(of paragraph: String) -> String {
        var open: [String] = []
        let characters = Array(paragraph)
        var index = 0
        while index < characters.count {
            let character = characters[index]
            let run = "`*_~".contains(character) ? characters[index...].prefix { $0 == character }.count : 1
            switch character {
            case "\\":
                index += 2
                continue
            case "`":
                let mark = String(repeating: "`", count: run)
                var end = index + run
                var isClosed = false
                while end < characters.count {
                    let next = characters[end...].prefix { $0 == "`" }.count
                    if next == run {
                        isClosed = true
                        break
                    }
                    end += max(1, next)
                }
                // Within code nothing else has a meaning.
                guard isClosed else { return mark + open.reversed().joined() }
                index = end + run
                continue
            case "*", "_", "~":
                let before = index > 0 ? characters[index - 1] : " "
                let after = index + run < characters.count ? characters[index + run] : " "
                let mayClose = !before.isWhitespace
                let mayOpen =
                    !after.isWhitespace && (character == "*" || !(before.isLetter || before.isNumber))
                var left = run
                while left > 0, mayClose, let last = open.last, last.first == character, last.count <= left {
                    open.removeLast()
                    left -= last.count
                }
                if left > 0, mayOpen, character != "~" || left == 2 {
                    if left % 2 == 1 { open.append(String(character)) }
                    if left > 1 { open.append(String(repeating: character, count: 2)) }
                }
            case "]" where index + 1 < characters.count && characters[index + 1] == "(":
                if let end = characters[(index + 1)...].firstIndex(where: { $0 == ")" || $0.isNewline }) {
                    index = end
                } else {
                    return ")" + open.reversed().joined()
                }
            default: break
            }
            index += max(1, "*_~".contains(character) ? run : 1)
        }
        return open.reversed().joined()
    }

    /// Whether a line begins a block of its own, in which emphasis begins anew.
    private static func startsBlock(_ line: Substring) -> Bool {
        let text = line.drop { $0 == " " }
        let mark = text.prefix { "#>-+*".contains($0) }
        if !mark.isEmpty, text.dropFirst(mark.count).first == " " { return true }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, let sign = text.dropFirst(digits.count).first else { return false }
        return sign == "." || sign == ")"
    }

    /// The fence that opens a block of code (GitHub Flavored Markdown 0.29, section 4.5).
    private struct Fence {
        let mark: Character
        private let count: Int

        init?(_ line: Substring) {
            let text = line.drop { $0 == " " }
            guard let mark = text.first, mark == "`" || mark == "~" else { return nil }
            count = text.prefix { $0 == mark }.count
            guard count >= 3, mark != "`" || !text.dropFirst(count).contains("`") else { return nil }
            self.mark = mark
        }

        func isClosed(by line: Substring) -> Bool {
            let text = line.drop { $0 == " " }
            let run = text.prefix { $0 == mark }
            return run.count >= count && text.dropFirst(run.count).allSatisfy(\.isWhitespace)
        }
    }
}
