/// A picture of the whole screen: what a view returns and the backend draws.
///
/// Drawing outside `size` is allowed and does nothing. A character two cells wide is always whole: overwriting one
/// half blanks the other, and where an edge cuts it in two, the half inside is blank.
public struct Frame: Sendable, Hashable {
    /// The extent of the picture; never negative.
    public let size: Size
    /// Where the terminal's cursor shows, or nil to hide it.
    public var cursor: Point?
    private var cells: [Cell]

    /// Creates an empty picture. Negative extents count as 0.
    public init(size: Size) {
        self.size = Size(columns: max(0, size.columns), rows: max(0, size.rows))
        cells = Array(repeating: .blank, count: self.size.columns * self.size.rows)
    }

    /// The cell at a place: blank outside `size`.
    ///
    /// Setting a wide character sets the cells to its right too.
    public subscript(column: Int, row: Int) -> Cell {
        get { contains(column, row) ? cells[row * size.columns + column] : .blank }
        set { place(newValue, column, row, end: size.columns) }
    }

    /// Puts a cell down, blank where it reaches past the left edge or `end`.
    mutating func place(_ cell: Cell, _ column: Int, _ row: Int, end: Int) {
        let end = min(end, size.columns)
        guard row >= 0, row < size.rows, column < end, column + cell.columns > 0, end > 0 else { return }
        guard column >= 0, end - column >= cell.columns else {
            let space = Cell.space(style: cell.style)
            for visible in max(0, column)..<min(end, column + cell.columns) {
                place(space, visible, row, end: end)
            }
            return
        }
        let start = row * size.columns + column
        splitCharacter(before: start, row: row)
        splitCharacter(before: start + cell.columns, row: row)
        cells[start] = cell
        for next in 1..<max(1, cell.columns) { cells[start + next] = .continuation(style: cell.style) }
    }

    private func contains(_ column: Int, _ row: Int) -> Bool {
        column >= 0 && column < size.columns && row >= 0 && row < size.rows
    }

    /// Blanks the wide character that has cells on both sides of the line before `index`, if there is one.
    private mutating func splitCharacter(before index: Int, row: Int) {
        let rowEnd = (row + 1) * size.columns
        guard index < rowEnd, cells[index].columns == 0 else { return }
        var first = index
        while first > row * size.columns, cells[first].columns == 0 { first -= 1 }
        var last = index
        while last + 1 < rowEnd, cells[last + 1].columns == 0 { last += 1 }
        for broken in first...last { cells[broken] = .space(style: cells[broken].style) }
    }
}
