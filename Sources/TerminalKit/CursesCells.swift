import CNcurses

/// Turns the cells of a frame into those of ncurses.
struct CursesCells {
    private let text: CursesText
    private var pairs: ColorPairs

    init(glyphs: GlyphSet, pairs: ColorPairs) {
        text = CursesText(glyphs: glyphs) { Int(fathom_width($0.value)) }
        self.pairs = pairs
    }

    /// A row of a frame, for a screen of some columns.
    mutating func line(_ row: Int, of frame: Frame, columns: Int) -> [cchar_t] {
        let end = min(frame.size.columns, columns)
        var line: [cchar_t] = []
        line.reserveCapacity(end)
        var column = 0
        while column < end {
            let cell = frame[column, row]
            let width = max(1, cell.columns)
            // The edge of a screen smaller than the frame may cut a wide character in two.
            let fits = column + width <= end
            append(fits ? text.pieces(cell.text, columns: width) : [[" "]], cell.style, to: &line)
            column += width
        }
        return line
    }

    private mutating func append(_ pieces: [[Unicode.Scalar]], _ style: Style, to line: inout [cchar_t]) {
        let pair = pairs.pair(for: style)
        let attributes = Self.attributes(style.attributes)
        for piece in pieces {
            var characters = piece.map { wchar_t($0.value) }
            characters.append(0)
            var cell = cchar_t()
            setcchar(&cell, characters, attributes, pair, nil)
            line.append(cell)
        }
    }

    private static func attributes(_ attributes: Style.Attributes) -> attr_t {
        var result: attr_t = 0
        if attributes.contains(.bold) { result |= fathom_bold() }
        if attributes.contains(.dim) { result |= fathom_dim() }
        if attributes.contains(.reverse) { result |= fathom_reverse() }
        if attributes.contains(.underline) { result |= fathom_underline() }
        return result
    }
}
