/// Splits a cell's text into what ncurses can hold: one spacing character with a few combining ones each.
///
/// ncurses asks the C library how wide a character is and lets the terminal's cursor run on, so the rest of a line
/// shifts wherever C library, terminal and fathom disagree. Text therefore goes out only where the C library's sum is
/// fathom's width. Otherwise it is shown more simply: without the variation selector (`❤️` as `❤` and a space), or its
/// first character alone (a joined family as its first member), since no terminal can be asked what it makes of
/// them; and what the C library does not know at all as U+FFFD.
package struct CursesText {
    /// Characters that an ncurses cell holds (`CCHARW_MAX`).
    static let longest = 5

    let glyphs: GlyphSet
    /// The columns that the C library's `wcwidth` gives a scalar; negative where it cannot be printed.
    let width: (Unicode.Scalar) -> Int

    /// Creates a splitter for the characters that may be drawn and the C library's `wcwidth`.
    package init(glyphs: GlyphSet, width: @escaping (Unicode.Scalar) -> Int) {
        self.glyphs = glyphs
        self.width = width
    }

    /// Whether a cell of so many columns that shows this one scalar is sent as it is, in one piece.
    package func isSimple(_ scalar: Unicode.Scalar, columns: Int) -> Bool {
        scalar.isASCII ? columns == 1 : glyphs == .unicode && width(scalar) == columns
    }

    /// Splits a cell's text: each piece is one spacing character with its combining ones, and the widths of the pieces,
    /// by the C library, add up to `columns`.
    package func pieces(_ text: String, columns: Int) -> [[Unicode.Scalar]] {
        let scalars = Array(text.unicodeScalars)
        if scalars.count == 1, isSimple(scalars[0], columns: columns) { return [scalars] }
        guard glyphs == .unicode else { return padded([["?"]], from: 1, to: columns) }
        if let (whole, used) = split(scalars), used == columns { return whole }
        let plain = scalars.filter { !Self.selectors.contains($0) }
        if let (whole, used) = split(plain), used <= columns { return padded(whole, from: used, to: columns) }
        if let (whole, _) = split(plain), let first = whole.first {
            let used = width(first[0])
            if used <= columns { return padded([first], from: used, to: columns) }
        }
        return padded([width("\u{FFFD}") == 1 ? ["\u{FFFD}"] : ["?"]], from: 1, to: columns)
    }

    private static let selectors: Set<Unicode.Scalar> = ["\u{FE0E}", "\u{FE0F}", "\u{200D}"]

    private func padded(_ pieces: [[Unicode.Scalar]], from used: Int, to columns: Int) -> [[Unicode.Scalar]] {
        pieces + Array(repeating: [" "], count: max(0, columns - used))
    }

    /// The pieces of a text and the sum of their widths by the C library; nil where a scalar cannot be printed, or is a
    /// combining one with nothing before it.
    private func split(_ scalars: [Unicode.Scalar]) -> (pieces: [[Unicode.Scalar]], width: Int)? {
        var pieces: [[Unicode.Scalar]] = []
        var total = 0
        for scalar in scalars {
            let columns = width(scalar)
            guard columns >= 0, columns > 0 || !pieces.isEmpty else { return nil }
            if columns > 0 {
                pieces.append([scalar])
                total += columns
            } else if pieces[pieces.count - 1].count < Self.longest {
                pieces[pieces.count - 1].append(scalar)
            }
        }
        return pieces.isEmpty ? nil : (pieces, total)
    }
}
