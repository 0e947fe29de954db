import CNcurses

/// The pairs of colours that ncurses knows, each allocated when first used.
struct ColorPairs {
    private struct Colors: Hashable {
        let foreground: Int32
        let background: Int32
    }

    let palette: Palette
    /// How many pairs ncurses has, pair 0 (the terminal's own colours) included.
    let limit: Int
    /// Whether a pair may have the terminal's own foreground or background beside another colour.
    let hasDefaults: Bool
    /// What stands for exact colours, where the terminal has them and its terminfo entry does not.
    private(set) var exact: ExactColors?
    private var numbers: [Colors: Int16] = [:]

    init(palette: Palette, exact: ExactColors? = nil, limit: Int, hasDefaults: Bool) {
        self.exact = exact
        self.palette = palette
        self.limit = limit
        self.hasDefaults = hasDefaults
    }

    /// The number of the pair for a style, allocated if it is new; pair 0 once all are taken, which an 8-colour
    /// terminal with its 64 comes near to.
    mutating func pair(for style: Style) -> Int16 {
        let (foreground, background) = reduced(style)
        if foreground < 0, background < 0 { return 0 }
        let colors = Colors(foreground: foreground, background: background)
        if let known = numbers[colors] { return known }
        let next = numbers.count + 1
        guard next < limit else { return 0 }
        let (front, back): (Int32, Int32) =
            hasDefaults ? (foreground, background) : (foreground < 0 ? 7 : foreground, max(0, background))
        guard fathom_init_pair(Int32(next), front, back) != ERR else { return 0 }
        numbers[colors] = Int16(next)
        return Int16(next)
    }

    private mutating func reduced(_ style: Style) -> (Int32, Int32) {
        guard var exact else {
            return palette.numbers(foreground: style.foreground, background: style.background)
        }
        defer { self.exact = exact }
        return (exact.number(of: style.foreground), exact.number(of: style.background))
    }
}
