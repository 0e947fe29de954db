/// Reduces the xterm palette to what a terminal has.
package struct Palette {
    let depth: ColorDepth

    /// Creates the palette of a terminal with so many colours.
    package init(depth: ColorDepth) {
        self.depth = depth
    }

    /// A foreground and a background as numbers for ncurses, −1 for the terminal's own.
    ///
    /// Two colours that were different stay different, so that no text vanishes in its background.
    package func numbers(foreground: Color, background: Color) -> (foreground: Int16, background: Int16) {
        let front = number(foreground)
        let back = number(background)
        guard front == back, front >= 0, foreground != background else { return (front, back) }
        // Black, red and blue are dark; the other five want black on them.
        return ([0, 1, 4].contains(back) ? 7 : 0, back)
    }

    private func number(_ color: Color) -> Int16 {
        guard case .indexed(let index) = color else { return -1 }
        return switch depth {
        case .monochrome: -1
        case .eight: Int16(Self.nearestOfEight(index))
        case .twoFiftySix: Int16(index)
        }
    }

    /// The ANSI colour, 0 to 7, nearest to a colour of the xterm palette; bright system colours become their normal
    /// ones.
    package static func nearestOfEight(_ index: UInt8) -> UInt8 {
        guard index >= 16 else { return index % 8 }
        let wanted = components(of: index)
        let distances = ansi.map { color in
            let (red, green, blue) = (color.0 - wanted.0, color.1 - wanted.1, color.2 - wanted.2)
            return red * red + green * green + blue * blue
        }
        return UInt8(distances.indices.min { distances[$0] < distances[$1] } ?? 7)
    }

    // Red, green and blue of the ANSI colours as xterm shows them.
    private static let ansi: [(Int, Int, Int)] = [
        (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205),
        (229, 229, 229),
    ]

    /// Red, green and blue, 0 to 255, of a colour of the palette's cube or grey ramp, 16 to 255.
    private static func components(of index: UInt8) -> (Int, Int, Int) {
        if index >= 232 {
            let grey = 8 + 10 * Int(index - 232)
            return (grey, grey, grey)
        }
        let place = Int(index) - 16
        func level(_ step: Int) -> Int { step == 0 ? 0 : 55 + 40 * step }
        return (level(place / 36), level(place / 6 % 6), level(place % 6))
    }
}
