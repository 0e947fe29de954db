public import TerminalKit

/// What the terminal can show: decides glyphs and colours, never what is told.
public struct Appearance: Sendable, Hashable {
    /// Line drawing and shades, or plain ASCII.
    public var glyphs: GlyphSet
    /// How many colours the terminal has.
    public var colors: ColorDepth

    /// Creates a description of what a terminal can show.
    public init(glyphs: GlyphSet = .unicode, colors: ColorDepth = .twoFiftySix) {
        self.glyphs = glyphs
        self.colors = colors
    }
}
