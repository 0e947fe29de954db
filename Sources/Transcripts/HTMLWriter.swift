import Markdown
import TerminalKit

/// Writes text and Markdown as HTML. Nothing in either means anything to a browser.
enum HTMLWriter {
    /// Blocks as elements, each on lines of its own.
    static func html(_ blocks: [Block]) -> String {
        blocks.map { html($0) + "\n" }.joined()
    }

    /// A text as it was typed, as one paragraph.
    static func html(plain text: String) -> String { "<p class=\"plain\">\(escaped(text))</p>\n" }

    /// A text without the control characters that HTML does not allow, in which every sign stands for itself.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in TextSanitizer.sanitized(text).unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static func html(_ block: Block) -> String {
        switch block {
        case .paragraph(let text): return "<p>\(html(text))</p>"
        case .heading(let level, let text):
            // Those above are the page's title and the names of who speaks.
            let level = min(level + 2, 6)
            return "<h\(level)>\(html(text))</h\(level)>"
        case .code(_, let text): return "<pre><code>\(escaped(text))</code></pre>"
        case .quote(let blocks): return "<blockquote>\n\(html(blocks))</blockquote>"
        case .list(let start, let isTight, let items):
            let rows = items.map { "<li>\(html(item: $0, isTight: isTight))</li>\n" }.joined()
            return start.map { "<ol start=\"\($0)\">\n\(rows)</ol>" } ?? "<ul>\n\(rows)</ul>"
        case .table(let alignments, let header, let rows):
            let head = row(header, "th", alignments)
            return "<table>\n\(head)\(rows.map { row($0, "td", alignments) }.joined())</table>"
        case .rule: return "<hr>"
        }
    }

    private static func html(item blocks: [Block], isTight: Bool) -> String {
        guard isTight else { return "\n" + html(blocks) }
        return blocks.map { block in
            if case .paragraph(let text) = block { html(text) } else { "\n" + html(block) + "\n" }
        }
        .joined()
    }

    private static func row(
        _ cells: [[Inline]], _ element: String, _ alignments: [ColumnAlignment]
    ) -> String {
        let columns = zip(cells, alignments).map { cell, alignment in
            let style =
                switch alignment {
                case .left: ""
                case .center: " class=\"center\""
                case .right: " class=\"right\""
                }
            return "<\(element)\(style)>\(html(cell))</\(element)>"
        }
        return "<tr>\(columns.joined())</tr>\n"
    }

    private static func html(_ text: [Inline]) -> String {
        text.map { piece in
            let text = escaped(piece.text).split(separator: "\n", omittingEmptySubsequences: false)
                .joined(separator: "<br>\n")
            let elements: [(Inline.Traits, String)] = [
                (.code, "code"), (.emphasis, "em"), (.strong, "strong"), (.struck, "s"), (.link, "u"),
            ]
            return elements.reduce(text) { text, element in
                piece.traits.contains(element.0) ? "<\(element.1)>\(text)</\(element.1)>" : text
            }
        }
        .joined()
    }
}
