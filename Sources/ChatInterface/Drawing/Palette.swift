import TerminalKit

/// The styles that views draw things in, for a colour depth. System colours follow the user's own theme.
struct Palette: Sendable {
    let depth: ColorDepth

    init(_ depth: ColorDepth) { self.depth = depth }

    func colored(_ index: UInt8, _ attributes: Style.Attributes = [], monochrome: Style.Attributes)
        -> Style
    {
        depth == .monochrome
            ? Style(attributes: monochrome) : Style(foreground: .indexed(index), attributes: attributes)
    }

    var strong: Style { Style(attributes: .bold) }
    var faint: Style { depth == .twoFiftySix ? Style(foreground: .indexed(244)) : Style(attributes: .dim) }
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
