/// One cell of the screen.
public struct Cell: Sendable, Hashable {
    /// One grapheme cluster; empty in the cell to the right of a character two cells wide.
    public var text: String
    /// How it is drawn.
    public var style: Style

    /// An empty cell.
    public static let blank = Cell(text: " ", style: .plain)

    /// Creates a cell.
    public init(text: String, style: Style) {
        self.text = text
        self.style = style
    }
}

/// A picture of the whole screen: what a view returns and the backend draws.
public struct Frame: Sendable, Hashable {
    /// The extent of the picture.
    public let size: Size
    /// Where the terminal's cursor shows, or nil to hide it.
    public var cursor: Point?
    private var cells: [Cell]

    /// Creates an empty picture.
    public init(size: Size) {
        self.size = size
        cells = Array(repeating: .blank, count: max(0, size.columns) * max(0, size.rows))
    }

    /// The cell at a place inside `size`.
    public subscript(column: Int, row: Int) -> Cell {
        get { cells[row * size.columns + column] }
        set { cells[row * size.columns + column] = newValue }
    }
}
