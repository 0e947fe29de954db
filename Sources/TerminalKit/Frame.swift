/// A picture of the whole screen: what a view returns and the backend draws.
///
/// Drawing outside `size` is allowed and does nothing. A character two cells wide is always whole: overwriting one
/// half blanks the other, and where an edge cuts it in two, the half inside is blank.
public struct Frame: Sendable {
    /// The extent of the picture; never negative.
    public let size: Size
    /// Where the terminal's cursor shows, or nil to hide it.
    public var cursor: Point?
    /// [rows][columns].
    private var cells: [PackedCell]
    /// The clusters of several scalars that cells show, in the order they came; few texts have any.
    private var clusters: [String] = []

    /// Creates an empty picture. Negative extents count as 0.
    public init(size: Size) {
        self.size = Size(columns: max(0, size.columns), rows: max(0, size.rows))
        cells = Array(repeating: .blank, count: self.size.columns * self.size.rows)
    }

    /// The cell at a place: blank outside `size`.
    ///
    /// A wide character that is set takes the cells to its right with it.
    public subscript(column: Int, row: Int) -> Cell {
        get {
            guard contains(column, row) else { return .blank }
            let packed = cells[row * size.columns + column]
            return packed.cluster.map { Cell(packed: packed.withCluster(0), cluster: clusters[$0]) }
                ?? Cell(packed: packed, cluster: "")
        }
        set { place(newValue, column, row, end: size.columns) }
    }

    /// Draws a cell at a place; blank where it reaches past the left edge or column `end`.
    mutating func place(_ cell: Cell, _ column: Int, _ row: Int, end: Int) {
        guard cell.packed.cluster != nil else { return place(cell.packed, column, row, end: end) }
        clusters.append(cell.cluster)
        place(cell.packed.withCluster(clusters.count - 1), column, row, end: end)
    }

    /// Draws a packed cell at a place; blank where it reaches past the left edge or column `end`. A cluster of several
    /// scalars must be in this frame's list already.
    mutating func place(_ cell: PackedCell, _ column: Int, _ row: Int, end: Int) {
        let end = min(end, size.columns)
        let columns = cell.columns
        guard row >= 0, row < size.rows, column < end, column + columns > 0, end > 0 else { return }
        guard column >= 0, end - column >= columns else {
            let space = PackedCell.space(style: cell.style)
            for visible in max(0, column)..<min(end, column + columns) {
                place(space, visible, row, end: end)
            }
            return
        }
        let start = row * size.columns + column
        splitCharacter(before: start, row: row)
        splitCharacter(before: start + columns, row: row)
        cells[start] = cell
        guard columns > 1 else { return }
        for next in 1..<columns { cells[start + next] = .continuation(style: cell.style) }
    }

    /// The columns of a row from the first to the last cell that differs from another picture's of the same size,
    /// widened to whole characters; nil where none differs.
    package func difference(from other: Frame, row: Int) -> Range<Int>? {
        let (first, end) = (row * size.columns, (row + 1) * size.columns)
        guard var start = (first..<end).first(where: { !isSame($0, as: other) }),
            var last = (start..<end).last(where: { !isSame($0, as: other) })
        else { return nil }
        while start > first, cells[start].columns == 0 { start -= 1 }
        while last + 1 < end, cells[last + 1].columns == 0 { last += 1 }
        return (start - first)..<(last + 1 - first)
    }

    /// The cell at a place inside `size`, as it is kept.
    func packed(_ column: Int, _ row: Int) -> PackedCell { cells[row * size.columns + column] }

    /// The text of a cluster of several scalars, by its place in the frame's list.
    func cluster(_ place: Int) -> String { clusters[place] }

    private func isSame(_ index: Int, as other: Frame) -> Bool {
        let (own, theirs) = (cells[index], other.cells[index])
        guard let cluster = own.cluster, let others = theirs.cluster else { return own == theirs }
        return own.isLike(theirs) && clusters[cluster] == other.clusters[others]
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

extension Frame: Hashable {
    /// Whether two pictures look the same; how they came about does not count.
    public static func == (left: Frame, right: Frame) -> Bool {
        left.size == right.size && left.cursor == right.cursor
            && left.cells.indices.allSatisfy { left.isSame($0, as: right) }
    }

    /// Feeds what the picture shows into a hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(size)
        hasher.combine(cursor)
        for row in 0..<size.rows {
            for column in 0..<size.columns { hasher.combine(self[column, row]) }
        }
    }
}
