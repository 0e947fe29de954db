import TerminalKit

extension Canvas {
    /// Draws the list of keys and commands in the middle of a screen of some size.
    mutating func drawHelp(_ list: HelpList, on size: Size) {
        let help = HelpLayout(size)
        let box = help.box
        let first = min(list.scroll, help.maximumScroll)
        frame.fill(box, style: .plain)
        let title = help.maximumScroll > 0 ? "keys - Up Down scroll, Esc closes" : "keys - Esc closes"
        frame.box(box, title: title, style: palette.accent, glyphs: glyphs.glyphSet)
        for (index, rows) in help.columns.enumerated() {
            let column = box.origin.column + 2 + index * (help.textColumns + 2)
            for (offset, row) in rows.dropFirst(first).prefix(box.size.rows - 2).enumerated() {
                frame.write(
                    row.text, at: Point(column: column, row: box.origin.row + 1 + offset),
                    style: row.isHeading ? palette.strong : .plain, columns: help.textColumns)
            }
        }
    }
}
