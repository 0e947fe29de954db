import Markdown
import TerminalKit

/// Sets Markdown in lines of so many columns.
struct MarkdownLayout: Sendable {
    let glyphs: Glyphs

    /// The lines of blocks, with a blank one between them unless they stand tight.
    func lines(of blocks: [Block], columns: Int, isTight: Bool = false) -> [TextLine] {
        var lines: [TextLine] = []
        for block in blocks {
            if !lines.isEmpty, !isTight { lines.append(TextLine()) }
            lines += self.lines(of: block, columns: max(1, columns))
        }
        return lines
    }

    /// The lines of one block.
    func lines(of block: Block, columns: Int) -> [TextLine] {
        switch block {
        case .paragraph(let text): return TextLine.wrapping(text.map(inked), columns: columns)
        case .heading(let level, let text):
            let ink: Ink = level == 1 ? [.heading, .title] : .heading
            return TextLine.wrapping(text.map { inked($0, ink) }, columns: columns)
        case .rule:
            let line = String(repeating: glyphs.horizontal, count: min(columns, 24))
            return [TextLine([InkedText(line, .faint)])]
        case .quote(let blocks):
            let bar = InkedText(glyphs.quoteBar + " ", .faint)
            return within(columns, of: 2).map { self.lines(of: blocks, columns: $0) }?
                .map { $0.behind(bar, isText: false) } ?? self.lines(of: blocks, columns: columns)
        case .list(let start, let isTight, let items):
            return list(items, start: start, isTight: isTight, columns: columns)
        case .code(let language, let text): return code(text, in: language, columns: columns)
        case .table(let alignments, let header, let rows):
            return TableLayout(glyphs: glyphs, alignments: alignments, header: header, rows: rows) {
                cell, isHeader in
                cell.map { inked($0, isHeader ? .strong : []) }
            }.lines(columns: columns)
        }
    }

    /// The columns left beside an indentation; nil where that would take more than half.
    private func within(_ columns: Int, of indent: Int) -> Int? {
        indent * 2 > columns ? nil : columns - indent
    }

    private func list(_ items: [[Block]], start: Int?, isTight: Bool, columns: Int) -> [TextLine] {
        var lines: [TextLine] = []
        for (index, item) in items.enumerated() {
            let marker = start.map { "\($0 &+ index). " } ?? "\(glyphs.bullet) "
            if !lines.isEmpty, !isTight { lines.append(TextLine()) }
            let inner = within(columns, of: marker.count)
            let own = self.lines(of: item, columns: inner ?? columns, isTight: isTight)
            let space = String(repeating: " ", count: marker.count)
            for (place, line) in (own.isEmpty ? [TextLine()] : own).enumerated() {
                if place == 0 {
                    lines.append(line.behind(InkedText(marker), isText: true))
                } else {
                    lines.append(inner == nil ? line : line.behind(InkedText(space), isText: false))
                }
            }
        }
        return lines
    }

    /// Code under the name of its language; lines that are too long go on under their own indentation.
    private func code(_ text: String, in language: String, columns: Int) -> [TextLine] {
        let indent = within(columns, of: 4) == nil ? 0 : 2
        let space = InkedText(String(repeating: " ", count: indent))
        var lines: [TextLine] = []
        let name = TextSanitizer.sanitized(language, keepingNewlines: false)
        if !name.isEmpty {
            var line = TextLine([
                InkedText(TextMeasure.truncated(name, to: columns, ellipsis: glyphs.ellipsis), .faint)
            ])
            line.indent = line.text.count
            line.joint = ""
            lines.append(line)
        }
        for line in CodeHighlight(language: language).lines(of: text) {
            let lead = line.first?.text.prefix { $0 == " " } ?? ""
            let own = TextLine.hanging(String(lead), of: line, columns: columns - indent)
            lines += own.map { $0.behind(space, isText: false) }
        }
        return lines
    }

    private func inked(_ text: Inline) -> InkedText { inked(text, []) }

    private func inked(_ text: Inline, _ ink: Ink) -> InkedText {
        var ink = ink
        if text.traits.contains(.strong) { ink.insert(.strong) }
        if text.traits.contains(.emphasis) { ink.insert(.emphasis) }
        if text.traits.contains(.code) { ink.insert(.code) }
        if text.traits.contains(.link) { ink.insert(.link) }
        if !text.traits.isDisjoint(with: [.struck, .address]) { ink.insert(.faint) }
        return InkedText(text.text, ink)
    }
}
