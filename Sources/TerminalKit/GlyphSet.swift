/// Which characters a view may draw with.
public enum GlyphSet: Sendable, Hashable {
    /// Box lines, block elements, any script.
    case unicode
    /// Only ASCII: the locale is not UTF-8, or the user asked for it.
    case ascii
}

/// The characters that the outline of a box is drawn with.
struct BoxLines {
    let horizontal: Character
    let vertical: Character
    let topLeft: Character
    let topRight: Character
    let bottomLeft: Character
    let bottomRight: Character

    init(_ glyphs: GlyphSet) {
        let characters: [Character] =
            switch glyphs {
            case .unicode: ["─", "│", "┌", "┐", "└", "┘"]
            case .ascii: ["-", "|", "+", "+", "+", "+"]
            }
        horizontal = characters[0]
        vertical = characters[1]
        topLeft = characters[2]
        topRight = characters[3]
        bottomLeft = characters[4]
        bottomRight = characters[5]
    }
}
