import TerminalKit

/// How the composer's text lies on the screen: rows of clusters, broken after a space where there is one, else where
/// the width ends. A space that no longer fits stands beyond the width, where nothing is drawn.
struct ComposerLayout: Sendable, Hashable {
    /// The clusters of each row, as places in the text; a newline belongs to no row. There is always one row.
    private(set) var rows: [Range<Int>] = []
    /// Where the cursor is, in rows and cells.
    private(set) var cursor = Point(column: 0, row: 0)
    private let characters: [Character]

    /// Lays the text out; from `rowLimit` rows on the rest is left out, for those who only count.
    init(_ composer: Composer, columns: Int, rowLimit: Int = .max) {
        characters = composer.characters
        let columns = max(2, columns)
        var start = 0
        var width = 0
        // Where the row's last word begins, and how wide what stands before it is.
        var word = (start: 0, column: 0)
        for (index, character) in characters.enumerated() {
            guard rows.count < rowLimit else { return }
            let own = Self.width(of: character)
            if character.isNewline || (character.isWhitespace && width + own > columns) {
                rows.append(start..<(character.isNewline ? index : index + 1))
                (start, width, word) = (index + 1, 0, (index + 1, 0))
                continue
            }
            if width + own > columns {
                let end = word.start > start ? word.start : index
                rows.append(start..<end)
                width -= word.start > start ? word.column : width
                (start, word) = (end, (end, 0))
            }
            width += own
            if character.isWhitespace { word = (index + 1, width) }
        }
        rows.append(start..<characters.count)
        cursor = place(of: composer.cursor)
    }

    /// The text of a row.
    func text(of row: Int) -> String {
        String(characters[rows[row]].map { $0 == "\t" ? " " : $0 })
    }

    /// The place in the text `count` rows below the cursor, or above it where negative; nil past the first or last row.
    func position(rowsDown count: Int) -> Int? {
        let row = cursor.row + count
        guard rows.indices.contains(row) else { return nil }
        var width = 0
        for index in rows[row] {
            width += Self.width(of: characters[index])
            if width > cursor.column { return index }
        }
        // The place after a row's last cluster belongs to the next row, where the text goes on.
        let end = rows[row].upperBound
        let goesOn = row + 1 < rows.count && rows[row + 1].lowerBound == end && !rows[row].isEmpty
        return goesOn ? end - 1 : end
    }

    /// The place in the text nearest to a cell.
    func position(row: Int, column: Int) -> Int {
        let range = rows[min(max(0, row), rows.count - 1)]
        var width = 0
        for index in range {
            width += Self.width(of: characters[index])
            if width > column { return index }
        }
        return range.upperBound
    }

    private func place(of position: Int) -> Point {
        let row = rows.lastIndex { $0.lowerBound <= position } ?? 0
        let range = rows[row].lowerBound..<min(max(position, rows[row].lowerBound), rows[row].upperBound)
        return Point(column: characters[range].reduce(0) { $0 + Self.width(of: $1) }, row: row)
    }

    private static func width(of character: Character) -> Int {
        TextMeasure.width(of: character)
    }
}
