import CNcurses

/// Turns the cells of a frame into those of ncurses.
struct CursesCells {
    private let text: CursesText
    private var pairs: ColorPairs
    private let hasItalics: Bool
    /// What ncurses takes for each style met so far, by the style's bits in a packed cell.
    private var looks: [UInt32: Look] = [:]

    /// A style as ncurses takes it.
    private struct Look {
        let attributes: attr_t
        let pair: Int16
    }

    init(glyphs: GlyphSet, pairs: ColorPairs) {
        text = CursesText(glyphs: glyphs) { Int(fathom_width($0.value)) }
        self.pairs = pairs
        hasItalics = Capability.sequence("sitm") != nil
    }

    /// What stands for exact colours, where the terminal has them and its terminfo entry does not.
    var exact: ExactColors? { pairs.exact }

    /// ncurses' cells for some columns of a row of a frame. The first column must not be the right half of a character.
    mutating func line(_ row: Int, of frame: Frame, columns: Range<Int>) -> [cchar_t] {
        var line: [cchar_t] = []
        line.reserveCapacity(columns.count)
        var column = columns.lowerBound
        var last: (bits: UInt32, look: Look)?
        while column < columns.upperBound {
            let cell = frame.packed(column, row)
            let width = max(1, cell.columns)
            let look = last?.bits == cell.look ? last?.look : nil
            let known = look ?? self.look(of: cell)
            last = (cell.look, known)
            // The edge of a screen smaller than the frame may cut a wide character in two.
            if column + width > columns.upperBound {
                line.append(Self.cell(" ", known))
            } else if let scalar = cell.scalar, text.isSimple(scalar, columns: width) {
                line.append(Self.cell(scalar, known))
            } else {
                let shown = cell.cluster.map(frame.cluster) ?? cell.scalar.map { String($0) } ?? ""
                for piece in text.pieces(shown, columns: width) { line.append(Self.cell(piece, known)) }
            }
            column += width
        }
        return line
    }

    private mutating func look(of cell: PackedCell) -> Look {
        if let known = looks[cell.look] { return known }
        let style = cell.style
        let look = Look(attributes: attributes(style.attributes), pair: pairs.pair(for: style))
        looks[cell.look] = look
        return look
    }

    private static func cell(_ scalar: Unicode.Scalar, _ look: Look) -> cchar_t {
        withUnsafeTemporaryAllocation(of: wchar_t.self, capacity: 2) { characters in
            characters[0] = wchar_t(scalar.value)
            characters[1] = 0
            return cell(characters.baseAddress!, look)
        }
    }

    private static func cell(_ piece: [Unicode.Scalar], _ look: Look) -> cchar_t {
        cell(piece.map { wchar_t($0.value) } + [0], look)
    }

    /// ncurses' cell for one spacing character and its combining ones, which end with a 0.
    private static func cell(_ characters: UnsafePointer<wchar_t>, _ look: Look) -> cchar_t {
        var cell = cchar_t()
        setcchar(&cell, characters, look.attributes, look.pair, nil)
        return cell
    }

    private func attributes(_ attributes: Style.Attributes) -> attr_t {
        var result: attr_t = 0
        if attributes.contains(.bold) { result |= fathom_bold() }
        if attributes.contains(.dim) { result |= fathom_dim() }
        if attributes.contains(.reverse) { result |= fathom_reverse() }
        if attributes.contains(.underline) { result |= fathom_underline() }
        if attributes.contains(.italic) { result |= hasItalics ? fathom_italic() : fathom_underline() }
        return result
    }
}
