public import TerminalKit

/// What the terminal can show, and how the user wants it: decides glyphs and colours, never what is told.
public struct Appearance: Sendable, Hashable {
    /// Line drawing and shades, or plain ASCII.
    public var glyphs: GlyphSet
    /// How many colours the terminal has.
    public var colors: ColorDepth

    /// For which background the colours are.
    public var theme: Theme

    /// For which background, and which eyes, the colours are.
    public enum Theme: String, Sendable, Hashable {
        /// A dark background.
        case dark
        /// A light background.
        case light
        /// Nothing faint, whatever the background.
        case contrast
    }

    /// Creates a description of what a terminal can show.
    public init(glyphs: GlyphSet = .unicode, colors: ColorDepth = .twoFiftySix, theme: Theme = .dark) {
        self.glyphs = glyphs
        self.colors = colors
        self.theme = theme
    }
}
