import TerminalKit

/// A frame that is being drawn, with the glyphs and the styles to draw it in.
struct Canvas {
    var frame: Frame
    let glyphs: Glyphs
    let palette: Palette

    init(_ state: ChatState) {
        frame = Frame(size: state.size)
        glyphs = Glyphs(state.appearance.glyphs)
        palette = Palette(state.appearance)
    }

    /// A piece of a line: a text in one style.
    typealias Piece = (text: String, style: Style)

    /// Writes pieces one after the other, at most `columns` cells of them.
    mutating func write(_ pieces: [Piece], column: Int, row: Int, columns: Int) {
        var used = 0
        for piece in pieces where used < columns {
            used += frame.write(
                piece.text, at: Point(column: column + used, row: row), style: piece.style,
                columns: columns - used)
        }
    }

    /// Writes a line, ended by an ellipsis where it does not fit.
    mutating func writeCut(_ text: String, column: Int, row: Int, style: Style, columns: Int) {
        let cut = TextMeasure.truncated(text, to: max(0, columns), ellipsis: glyphs.ellipsis)
        frame.write(cut, at: Point(column: column, row: row), style: style, columns: max(0, columns))
    }

    /// Writes the first of some lines that fits, or as much as does of the last.
    mutating func writeFirstFitting(_ lines: [String], column: Int, row: Int, style: Style, columns: Int) {
        let fitting = lines.first { TextMeasure.width(of: $0) <= columns } ?? lines.last ?? ""
        writeCut(fitting, column: column, row: row, style: style, columns: columns)
    }

    /// Draws a line from the left side of a box to the right, with a title.
    mutating func divide(_ box: Rect, row: Int, title: String, style: Style) {
        let inner = max(0, box.size.columns - 2)
        let (left, right) = glyphs.dividerEnds
        let column = box.origin.column
        frame.write(left, at: Point(column: column, row: row), style: style)
        frame.repeatCell(
            glyphs.horizontal, at: Point(column: column + 1, row: row), style: style, count: inner)
        frame.write(right, at: Point(column: column + 1 + inner, row: row), style: style)
        guard !title.isEmpty else { return }
        let cut = TextMeasure.truncated(title, to: max(0, inner - 2), ellipsis: glyphs.ellipsis)
        frame.write(" \(cut) ", at: Point(column: column + 1, row: row), style: style)
    }
}
