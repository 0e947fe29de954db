public import TerminalKit

/// What the terminal can show: decides glyphs and colours, never what is told.
public struct Appearance: Sendable, Hashable {
    /// Line drawing and shades, or plain ASCII.
    public var glyphs: GlyphSet
    /// How many colours there are.
    public var colors: ColorDepth

    /// Creates an appearance.
    public init(glyphs: GlyphSet = .unicode, colors: ColorDepth = .twoFiftySix) {
        self.glyphs = glyphs
        self.colors = colors
    }
}
