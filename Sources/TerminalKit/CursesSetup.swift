import CNcurses
import Foundation

/// Finds out what terminal and locale can do, where the user's wishes allow it.
enum CursesSetup {
    /// The colours that the terminal has, and its pairs of them. Asks ncurses, which must have taken the terminal over.
    ///
    /// - Parameter canRewrite: whether what ncurses sends can be changed on its way to the terminal.
    static func colors(_ settings: TerminalSettings, canRewrite: Bool) -> ColorPairs {
        guard !settings.wantsNoColor, has_colors(), start_color() != ERR, fathom_color_count() >= 8 else {
            return ColorPairs(palette: Palette(depth: .monochrome), limit: 0, hasDefaults: true)
        }
        let count = Int(fathom_color_count())
        let exact = count == 256 && settings.hasExactColors && canRewrite ? ExactColors() : nil
        let depths: [ColorDepth] = [.trueColor, .twoFiftySix, .sixteen]
        let depth = exact == nil ? depths.first { $0.rawValue <= count } ?? .eight : .trueColor
        let hasDefaults = use_default_colors() != ERR
        let limit = min(Int(fathom_pair_count()), Int(Int16.max))
        return ColorPairs(
            palette: Palette(depth: depth), exact: exact, limit: limit, hasDefaults: hasDefaults)
    }

    /// The characters that views may draw with. Sets the locale's character set, which ncurses goes by, so call it
    /// before ncurses takes the terminal over; how numbers and dates are written does not change.
    static func glyphs(_ settings: TerminalSettings) -> GlyphSet {
        setlocale(LC_CTYPE, "")
        if settings.mayUseUTF8, fathom_locale_is_utf8() == 0 {
            _ = setlocale(LC_CTYPE, "C.UTF-8") ?? setlocale(LC_CTYPE, "en_US.UTF-8")
        }
        return settings.wantsASCII || fathom_locale_is_utf8() == 0 ? .ascii : .unicode
    }
}
