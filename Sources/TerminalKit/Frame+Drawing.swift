extension Frame {
    /// Writes one line of text and returns the columns it used.
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
        var used = 0
        for character in text {
            let drawable = TextSanitizer.drawable(character)
            let columns = TextMeasure.sanitizedWidth(of: drawable)
            guard columns > 0 else { continue }
            guard used < room else { break }
            let cell = Cell(drawable: drawable, columns: columns, style: style)
            place(cell, point.column + used, point.row, end: point.column + room)
            used += min(columns, room - used)
        }
        return used
    }

    /// Makes a rectangle empty, in a style.
    public mutating func fill(_ rect: Rect, style: Style) {
        let space = Cell.space(style: style)
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
        let horizontal = String(repeating: lines.horizontal, count: inner)
        let (left, top) = (rect.origin.column, rect.origin.row)
        let (right, bottom) = (left + rect.size.columns - 1, top + rect.size.rows - 1)
        write("\(lines.topLeft)\(horizontal)\(lines.topRight)", at: rect.origin, style: style)
        for row in (top + 1)..<bottom {
            write("\(lines.vertical)", at: Point(column: left, row: row), style: style)
            write("\(lines.vertical)", at: Point(column: right, row: row), style: style)
        }
        write(
            "\(lines.bottomLeft)\(horizontal)\(lines.bottomRight)", at: Point(column: left, row: bottom),
            style: style)
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
                    isCutOff ? .space(style: cell.style) : cell, point.column + column, point.row + row,
                    end: clip.origin.column + clip.size.columns)
            }
        }
    }
}
