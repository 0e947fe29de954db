import TerminalKit

/// Where a list to choose from lies on the screen.
struct PickerLayout {
    /// The list's box, in the middle of the screen.
    let box: Rect
    /// The first entry that is shown.
    let first: Int

    /// The fewest rows of a screen on which the panes are seen above and below the list.
    private static let roomyRows = 20

    init(_ picker: Picker, on size: Size) {
        let columns = min(100, size.columns)
        // On low screens the list takes all between the first line and the last.
        let rows = size.rows < PickerLayout.roomyRows ? max(0, size.rows - 2) : size.rows * 3 / 4
        box = Rect(
            column: (size.columns - columns) / 2, row: (size.rows - rows) / 2, columns: columns, rows: rows)
        let height = max(1, rows - 5)
        first = max(0, min(picker.selected - height / 2, picker.entries.count - height))
    }

    /// The row of what is typed.
    var queryRow: Int { box.origin.row + 1 }
    /// The row of the first entry.
    var listRow: Int { box.origin.row + 3 }
    /// Rows of entries.
    var listRows: Int { max(1, box.size.rows - 5) }
    /// The row of the keys.
    var keyRow: Int { box.origin.row + box.size.rows - 2 }
    /// Columns between the box's sides.
    var columns: Int { box.size.columns - 4 }

    /// The entry in a row of the screen; nil outside the list.
    func entry(at place: Point) -> Int? {
        let row = place.row - listRow
        guard (0..<listRows).contains(row), place.column > box.origin.column,
            place.column < box.origin.column + box.size.columns - 1
        else { return nil }
        return first + row
    }
}
