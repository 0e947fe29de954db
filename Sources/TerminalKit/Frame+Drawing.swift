extension Frame {
    /// Writes one line of text from a point to the right and returns the columns it used.
    ///
    /// At most `limit` columns are used and nothing is drawn past an edge; a wide character that would be cut in two
    /// there shows as spaces. Newlines and tabs show as spaces; control characters as `TextSanitizer.replacement`.
    /// Text to the left of the picture counts as used. Rows outside the picture use columns but show nothing.
    @discardableResult
    public mutating func write(
        _ text: String, at point: Point, style: Style, columns limit: Int = .max
    ) -> Int {
        guard limit > 0, point.column < size.columns else { return 0 }
        // The columns from the point to the end, both of which may be far outside the picture.
        let (toEdge, overflow) = size.columns.subtractingReportingOverflow(point.column)
        let room = min(limit, overflow ? .max : toEdge)
        if TextMeasure.isPlain(text) { return write(plain: text, at: point, style: style, room: room) }
        var used = 0
        for character in text {
            guard let cell = Cell(drawing: character, style: style) else { continue }
            guard used < room else { break }
            place(cell, point.column + used, point.row, end: point.column + room)
            used += min(cell.columns, room - used)
        }
        return used
    }

    /// Writes printable ASCII, each byte of which is a cluster one column wide, in at most `room` columns.
    private mutating func write(plain text: String, at point: Point, style: Style, room: Int) -> Int {
        var used = 0
        for byte in text.utf8.prefix(room) {
            let cell = PackedCell(scalar: Unicode.Scalar(byte), columns: 1, style: style)
            place(cell, point.column + used, point.row, end: point.column + room)
            used += 1
        }
        return used
    }

    /// Repeats the first grapheme cluster of a text, one column wide, along a row.
    public mutating func repeatCell(_ text: String, at point: Point, style: Style, count: Int) {
        let cell = Cell(text: text, style: style)
        for column in 0..<max(0, count) { place(cell, point.column + column, point.row, end: size.columns) }
    }

    /// Fills a rectangle with spaces in a style.
    public mutating func fill(_ rect: Rect, style: Style) {
        let space = PackedCell.space(style: style)
        let visible = rect.clipped(to: size)
        for row in visible.rowRange {
            for column in visible.columnRange { place(space, column, row, end: size.columns) }
        }
    }

    /// Draws the outline of a rectangle, with a title in its top line where there is room for one.
    ///
    /// What is inside stays as it is. Nothing is drawn for a rectangle less than two cells wide or high.
    public mutating func box(_ rect: Rect, title: String, style: Style, glyphs: GlyphSet) {
        guard rect.size.columns >= 2, rect.size.rows >= 2 else { return }
        let lines = BoxLines(glyphs)
        let inner = rect.size.columns - 2
        let (left, top) = (rect.origin.column, rect.origin.row)
        let (right, bottom) = (left + rect.size.columns - 1, top + rect.size.rows - 1)
        for (row, leftCorner, rightCorner) in [
            (top, lines.topLeft, lines.topRight), (bottom, lines.bottomLeft, lines.bottomRight),
        ] {
            self[left, row] = Cell(text: String(leftCorner), style: style)
            repeatCell(
                String(lines.horizontal), at: Point(column: left + 1, row: row), style: style, count: inner)
            self[right, row] = Cell(text: String(rightCorner), style: style)
        }
        let side = Cell(text: String(lines.vertical), style: style)
        for row in (top + 1)..<bottom {
            self[left, row] = side
            self[right, row] = side
        }
        // A corner and a space on either side of the title.
        guard !title.isEmpty, inner >= 3 else { return }
        let ellipsis = glyphs == .unicode ? "…" : "~"
        let shown = TextMeasure.truncated(title, to: inner - 2, ellipsis: ellipsis)
        write(" \(shown) ", at: Point(column: left + 1, row: top), style: style)
    }

    /// Copies another picture into this one, its top left corner at a point.
    ///
    /// Only what falls inside `clip` (by default the whole picture) is copied; the cursor is not.
    public mutating func draw(_ other: Frame, at point: Point, clippedTo clip: Rect? = nil) {
        let clip = (clip ?? Rect(origin: Point(column: 0, row: 0), size: size)).clipped(to: size)
        let source = Rect(
            column: clip.origin.column - point.column, row: clip.origin.row - point.row,
            columns: clip.size.columns, rows: clip.size.rows
        ).clipped(to: other.size)
        for row in source.rowRange {
            for column in source.columnRange {
                let cell = other[column, row]
                let isCutOff = cell.columns == 0 && column == source.columnRange.lowerBound
                place(
                    isCutOff ? Cell(text: " ", style: cell.style) : cell, point.column + column,
                    point.row + row,
                    end: clip.origin.column + clip.size.columns)
            }
        }
    }
}
