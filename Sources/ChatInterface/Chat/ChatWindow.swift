/// Which lines of which items a pane of some rows shows. Items have a blank line between them. Only items that are
/// shown are asked how high they are, and none of those above.
struct ChatWindow: Sendable {
    /// A line of an item, 0 being its first; the one after its last is the blank line below it.
    struct Place: Sendable, Hashable {
        var item: Int
        var line: Int
    }

    /// Lines of one item, one below the other.
    struct Part: Sendable, Hashable {
        let item: Int
        let lines: Range<Int>
        /// The row of the pane that the first of the lines is in.
        let row: Int
    }

    /// What the pane shows, from the top.
    private(set) var parts: [Part] = []
    /// What is in the first row.
    private(set) var top: Place
    /// Whether the last line of the last item is shown, so that what comes will be, too.
    private(set) var isNewest = true

    /// Creates a window on `count` items.
    ///
    /// - Parameters:
    ///   - rows: rows of the pane.
    ///   - top: what is to be in the first row; nil, and where the items would not fill the pane, what leaves the last
    ///     line in the last row.
    ///   - height: lines of an item, at least one.
    init(count: Int, rows: Int, top: Place?, height: (Int) -> Int) {
        self.top = top ?? ChatWindow.newest(count: count, rows: rows, height: height)
        fill(count: count, rows: rows, height: height)
        if top != nil, isNewest {
            self.top = ChatWindow.newest(count: count, rows: rows, height: height)
            fill(count: count, rows: rows, height: height)
        }
    }

    /// The place so many lines above another, or below it where negative, as far as there are lines.
    static func place(_ lines: Int, above place: Place, count: Int, height: (Int) -> Int) -> Place {
        var place = place
        place.line -= lines
        while place.line < 0, place.item > 0 {
            place.item -= 1
            place.line += height(place.item) + 1
        }
        while place.item < count - 1 {
            let height = height(place.item)
            guard place.line > height else { break }
            place.line -= height + 1
            place.item += 1
        }
        place.line = max(0, place.line)
        return place
    }

    /// The place in the first row where the last line is in the last row.
    private static func newest(count: Int, rows: Int, height: (Int) -> Int) -> Place {
        var room = rows
        for item in (0..<count).reversed() {
            let lines = height(item) + (item < count - 1 ? 1 : 0)
            if lines >= room { return Place(item: item, line: lines - room) }
            room -= lines
        }
        return Place(item: 0, line: 0)
    }

    private mutating func fill(count: Int, rows: Int, height: (Int) -> Int) {
        parts = []
        var row = 0
        var place = top
        while place.item < count, row < rows {
            let height = height(place.item)
            let end = min(height, place.line + rows - row)
            if place.line < end {
                parts.append(Part(item: place.item, lines: place.line..<end, row: row))
                row += end - place.line
            }
            guard end == height || place.line >= height else { break }
            // The blank line, of which at most one is left where the place was in it.
            if place.item < count - 1 { row += 1 }
            place = Place(item: place.item + 1, line: 0)
        }
        isNewest = place.item >= count
    }
}
