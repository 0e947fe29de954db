/// A width and a height, in cells.
public struct Size: Sendable, Hashable {
    /// The width in cells.
    public var columns: Int
    /// The height in cells.
    public var rows: Int

    /// Creates a size.
    public init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }
}

/// A cell's place on the screen, counted from the top left corner, which is 0, 0.
public struct Point: Sendable, Hashable {
    /// Cells between the place and the left edge.
    public var column: Int
    /// Cells between the place and the top edge.
    public var row: Int

    /// Creates a point.
    public init(column: Int, row: Int) {
        self.column = column
        self.row = row
    }
}

/// A rectangle of cells.
public struct Rect: Sendable, Hashable {
    /// The rectangle's top left cell.
    public var origin: Point
    /// The rectangle's width and height.
    public var size: Size

    /// Creates a rectangle.
    public init(origin: Point, size: Size) {
        self.origin = origin
        self.size = size
    }

    /// Creates a rectangle from the place of its top left cell and its width and height.
    public init(column: Int, row: Int, columns: Int, rows: Int) {
        self.init(origin: Point(column: column, row: row), size: Size(columns: columns, rows: rows))
    }
}

extension Rect {
    /// Whether a cell is in the rectangle.
    public func contains(_ place: Point) -> Bool {
        let (column, row) = (place.column - origin.column, place.row - origin.row)
        return (0..<max(0, size.columns)).contains(column) && (0..<max(0, size.rows)).contains(row)
    }

    /// The part of the rectangle inside a picture of a size: empty, at the picture's corner, where there is none.
    func clipped(to bounds: Size) -> Rect {
        let (left, columns) = Self.clipped(origin.column, size.columns, to: bounds.columns)
        let (top, rows) = Self.clipped(origin.row, size.rows, to: bounds.rows)
        return Rect(column: left, row: top, columns: columns, rows: rows)
    }

    /// The columns the rectangle covers. Only for clipped rectangles: the sum could overflow in others.
    var columnRange: Range<Int> { origin.column..<(origin.column + size.columns) }

    /// The rows the rectangle covers. Only for clipped rectangles: the sum could overflow in others.
    var rowRange: Range<Int> { origin.row..<(origin.row + size.rows) }

    private static func clipped(_ start: Int, _ length: Int, to bound: Int) -> (start: Int, length: Int) {
        let (end, overflow) = start.addingReportingOverflow(max(0, length))
        let first = min(max(0, start), bound)
        let last = min(overflow ? Int.max : end, bound)
        return (first, max(0, last - first))
    }
}
