/// One cell of the screen.
///
/// A cell cannot hold anything that a terminal would obey: `TextSanitizer` sees to that when it is made.
public struct Cell: Sendable, Hashable {
    /// One grapheme cluster; empty in the cell to the right of a character two cells wide.
    public let text: String
    /// The columns `text` takes: 0 where it is empty, else 1 or more.
    public let columns: Int
    /// How it is drawn.
    public var style: Style

    /// An empty cell.
    public static let blank = Cell(text: " ", style: .plain)

    /// Creates a cell that shows the first grapheme cluster of a text.
    ///
    /// Text that shows nothing (empty, or a combining mark with nothing to combine with) makes a space.
    public init(text: String, style: Style) {
        let drawable = text.first.map(TextSanitizer.drawable) ?? ""
        let columns = TextMeasure.sanitizedWidth(of: drawable)
        self.init(drawable: columns > 0 ? drawable : " ", columns: max(1, columns), style: style)
    }

    /// Creates a cell from what `TextSanitizer.drawable` returned and its width.
    init(drawable: String, columns: Int, style: Style) {
        text = drawable
        self.columns = columns
        self.style = style
    }

    /// The cell to the right of a wide character.
    static func continuation(style: Style) -> Cell {
        Cell(drawable: "", columns: 0, style: style)
    }

    /// A space.
    static func space(style: Style) -> Cell {
        Cell(drawable: " ", columns: 1, style: style)
    }
}
