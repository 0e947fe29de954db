import TerminalKit

/// The styles that views draw things in, for a colour depth. System colours follow the user's own theme.
struct Palette: Sendable {
    let depth: ColorDepth
    private let theme: Appearance.Theme

    init(_ appearance: Appearance) {
        depth = appearance.colors
        theme = appearance.theme
    }

    func colored(_ index: UInt8, _ attributes: Style.Attributes = [], monochrome: Style.Attributes)
        -> Style
    {
        switch (theme, depth) {
        case (_, .monochrome), (.contrast, _): Style(attributes: monochrome)
        case (.light, ColorDepth.twoFiftySix...):
            Style(foreground: .indexed(Palette.onLight[index] ?? index), attributes: attributes)
        default: Style(foreground: .indexed(index), attributes: attributes)
        }
    }

    /// Darker colours in place of system colours that are hard to read on white: red, green, yellow, magenta, cyan.
    private static let onLight: [UInt8: UInt8] = [1: 124, 2: 28, 3: 130, 5: 90, 6: 25]

    /// Whether anything is drawn fainter than the rest.
    var hasFaint: Bool { theme != .contrast }
    var strong: Style { Style(attributes: .bold) }
    var faint: Style {
        switch (theme, depth) {
        case (.contrast, _): .plain
        case (.light, ColorDepth.twoFiftySix...): Style(foreground: .indexed(241))
        case (.dark, ColorDepth.twoFiftySix...): Style(foreground: .indexed(244))
        default: Style(attributes: .dim)
        }
    }
    var accent: Style { colored(6, .bold, monochrome: .bold) }
    var user: Style { colored(6, .bold, monochrome: .bold) }
    var model: Style { colored(2, .bold, monochrome: .underline) }
    /// What belongs to a prompt, below the heatmap.
    var prompt: Style { depth == .monochrome ? faint : user }
    // Blue and orange are told apart by eyes that see red and green alike.
    /// A bar of what was done.
    var bar: Style { two(67, of: 4) }
    /// The mark of what was asked for, on a bar or beside it.
    func mark(onBar: Bool) -> Style {
        var style = two(208, of: 3)
        style.attributes.insert(.bold)
        guard onBar else { return style }
        if style.foreground == .standard { style.attributes.insert(.reverse) }
        style.background = bar.foreground
        return style
    }
    var warning: Style { colored(3, .bold, monochrome: .bold) }
    var error: Style { colored(1, .bold, monochrome: .reverse) }
    var chosen: Style { Style(attributes: [.bold, .reverse]) }

    /// A colour that means something, of 256 or of eight; none where there are no colours or the theme wants none.
    private func two(_ many: UInt8, of few: UInt8) -> Style {
        depth < .twoFiftySix ? colored(few, monochrome: []) : colored(many, monochrome: [])
    }

    /// How text is tinted by a value, 0…1, from the lowest to the highest.
    func tint(_ level: Double) -> Style {
        let colors: [UInt8]? =
            switch (depth, theme) {
            case (.monochrome, _): nil
            case (.eight, .light), (.sixteen, .light): [5, 4, 6, 2]
            case (.eight, _): [5, 6, 2, 3]
            case (.sixteen, _): [12, 13, 6, 2, 10, 11]
            case (_, .light): [54, 25, 30, 64, 100, 130, 166]
            default: [99, 69, 38, 43, 114, 149, 227]
            }
        guard let colors else {
            let steps: [Style.Attributes] = [.dim, [], .bold, [.bold, .underline]]
            return Style(attributes: steps.element(at: level) ?? [])
        }
        return Style(foreground: colors.element(at: level).map(Color.indexed) ?? .standard)
    }

    func border(focused: Bool) -> Style { focused ? accent : faint }

    func notice(_ level: Notice.Level) -> Style {
        switch level {
        case .info: strong
        case .warning: warning
        case .error: error
        }
    }
}
