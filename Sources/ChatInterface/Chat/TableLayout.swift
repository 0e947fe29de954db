import Markdown
import TerminalKit

/// Sets a table in columns as wide as their cells, or as there is room for; where there is none, each row as a list of
/// its cells.
struct TableLayout {
    let glyphs: Glyphs
    let alignments: [ColumnAlignment]
    let header: [[InkedText]]
    let rows: [[[InkedText]]]

    /// The fewest cells that a column is worth having.
    private static let leastWidth = 5

    /// Creates the layout of a table; `inked` draws a cell, which may be one of the header.
    init(
        glyphs: Glyphs, alignments: [ColumnAlignment], header: [[Inline]], rows: [[[Inline]]],
        inked: ([Inline], Bool) -> [InkedText]
    ) {
        self.glyphs = glyphs
        self.alignments = alignments
        self.header = header.map { inked($0, true) }
        self.rows = rows.map { row in row.map { inked($0, false) } }
    }

    /// The table's lines.
    func lines(columns: Int) -> [TextLine] {
        guard let widths = widths(in: columns) else { return records(columns: columns) }
        let dash = glyphs.horizontal
        let rule = widths.map { String(repeating: dash, count: $0) }
            .joined(separator: dash + glyphs.tableCross + dash)
        return row(header, widths) + [TextLine([InkedText(rule, .faint)])] + rows.flatMap { row($0, widths) }
    }

    /// How wide each column is; nil where there is not room enough for all.
    private func widths(in columns: Int) -> [Int]? {
        let wanted = header.indices.map { column in
            max(1, ([header] + rows).map { TextLine($0[column]).width }.max() ?? 1)
        }
        var room = columns - 3 * (wanted.count - 1)
        guard room >= wanted.reduce(0, { $0 + min($1, TableLayout.leastWidth) }) else { return nil }
        // Narrow columns get what they want, the others equal parts of the rest.
        var widths = wanted
        var open = wanted.indices.sorted { wanted[$0] < wanted[$1] }
        while let narrowest = open.first {
            let part = room / open.count
            widths[narrowest] = min(wanted[narrowest], part)
            room -= widths[narrowest]
            open.removeFirst()
        }
        return widths
    }

    private func row(_ cells: [[InkedText]], _ widths: [Int]) -> [TextLine] {
        let wrapped = zip(cells, widths).map { TextLine.wrapping($0, columns: $1) }
        let height = wrapped.map(\.count).max() ?? 1
        return (0..<height).map { place in
            var line = TextLine()
            for (column, lines) in wrapped.enumerated() {
                if column > 0 { line.pieces.append(InkedText(" \(glyphs.tableBar) ", .faint)) }
                let cell = lines.indices.contains(place) ? lines[place] : TextLine()
                let space = max(0, widths[column] - cell.width)
                let left = [.left: 0, .center: space / 2, .right: space][alignments[column]] ?? 0
                let isLast = column == widths.count - 1
                line.pieces += [InkedText(String(repeating: " ", count: left))] + cell.pieces
                if !isLast { line.pieces.append(InkedText(String(repeating: " ", count: space - left))) }
            }
            line.pieces.removeAll(where: \.text.isEmpty)
            return line
        }
    }

    private func records(columns: Int) -> [TextLine] {
        let blocks = rows.map { row in
            zip(header, row).flatMap { name, cell in
                TextLine.wrapping(name + [InkedText(": ", .strong)] + cell, columns: columns)
            }
        }
        return Array(blocks.joined(separator: [TextLine()]))
    }
}

extension TextLine {
    /// Columns that the line takes.
    var width: Int { pieces.reduce(0) { $0 + TextMeasure.width(of: $1.text) } }
}
