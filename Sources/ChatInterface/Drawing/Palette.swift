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
        case (.light, .twoFiftySix):
            Style(foreground: .indexed(Palette.onLight[index] ?? index), attributes: attributes)
        default: Style(foreground: .indexed(index), attributes: attributes)
        }
    }

    /// Darker colours in place of system colours that are hard to read on white: red, green, yellow, magenta, cyan.
    private static let onLight: [UInt8: UInt8] = [1: 124, 2: 28, 3: 130, 5: 90, 6: 25]

    var strong: Style { Style(attributes: .bold) }
    var faint: Style {
        switch (theme, depth) {
        case (.contrast, _): .plain
        case (.light, .twoFiftySix): Style(foreground: .indexed(241))
        case (.dark, .twoFiftySix): Style(foreground: .indexed(244))
        case (_, .eight), (_, .monochrome): Style(attributes: .dim)
        }
    }
    var accent: Style { colored(6, .bold, monochrome: .bold) }
    var user: Style { colored(6, .bold, monochrome: .bold) }
    var model: Style { colored(2, .bold, monochrome: .underline) }
    var warning: Style { colored(3, .bold, monochrome: .bold) }
    var error: Style { colored(1, .bold, monochrome: .reverse) }
    var chosen: Style { Style(attributes: [.bold, .reverse]) }

    func border(focused: Bool) -> Style { focused ? accent : faint }

    func notice(_ level: Notice.Level) -> Style {
        switch level {
        case .info: strong
        case .warning: warning
        case .error: error
        }
    }
}
