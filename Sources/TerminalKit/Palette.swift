/// Reduces colours to what a terminal has.
package struct Palette {
    let depth: ColorDepth

    /// Creates the palette of a terminal with so many colours.
    package init(depth: ColorDepth) {
        self.depth = depth
    }

    /// A foreground and a background as numbers for ncurses, −1 for the terminal's own. With every red, green and blue
    /// a number is those in one, but that the first eight numbers are the ANSI colours.
    ///
    /// Two colours that were different stay different, so that no text vanishes in its background.
    package func numbers(foreground: Color, background: Color) -> (foreground: Int32, background: Int32) {
        let front = number(foreground)
        let back = number(background)
        guard front == back, front >= 0, foreground != background else { return (front, back) }
        // Black, red, blue and the dark grey are dark; the others want black on them.
        return ([0, 1, 4, 8, 12].contains(back) ? 7 : 0, back)
    }

    private func number(_ color: Color) -> Int32 {
        guard depth > .monochrome, let rgb = RGB(color) else { return -1 }
        switch (depth, color) {
        case (.eight, _): return Int32(Self.nearestOfEight(color))
        case (.sixteen, .indexed(let index)) where index < 16: return Int32(index)
        case (.sixteen, _): return Int32(rgb.nearestSystemColor(of: 16))
        case (.trueColor, .indexed(let index)) where index < 8: return Int32(index)
        case (.trueColor, _):
            let number = Int32(rgb.red << 16 | rgb.green << 8 | rgb.blue)
            return number < 8 ? 8 : number
        case (_, .indexed(let index)): return Int32(index)
        case (_, _): return Int32(rgb.nearestOfCube)
        }
    }

    /// The ANSI colour, 0 to 7, nearest to a colour; bright system colours become their normal ones.
    package static func nearestOfEight(_ color: Color) -> UInt8 {
        if case .indexed(let index) = color, index < 16 { return index % 8 }
        return RGB(color)?.nearestSystemColor(of: 8) ?? 7
    }
}
