import TerminalKit

/// Where two replies that are compared lie on the screen: side by side, on narrow screens one above the other, each
/// text below its heatmap.
struct ComparisonLayout {
    /// Columns from which the replies stand side by side.
    private static let sideBySideColumns = 76

    /// The boxes, one for each side.
    let boxes: [Rect]
    /// Blocks in a row of the heatmaps.
    let blocksPerRow: Int
    /// Rows of the heatmaps.
    let mapRows: Int

    init(_ comparison: Comparison, on size: Size) {
        let rows = max(0, size.rows - 3)
        boxes = comparison.sides.indices.map { place in
            if size.columns >= ComparisonLayout.sideBySideColumns {
                let half = size.columns / 2
                return Rect(
                    column: place * half, row: 1, columns: place == 0 ? half : size.columns - half, rows: rows
                )
            }
            let half = rows / 2
            return Rect(
                column: 0, row: 1 + place * half, columns: size.columns, rows: place == 0 ? half : rows - half
            )
        }
        // The map has up to half of the rows, two blocks in each where that is enough; where that is hardly any, the
        // text has them all.
        let blocks = comparison.sides.first?.heatmap.log.blocks.count ?? 0
        let most = ((boxes.first?.size.rows ?? 0) - 4) / 2
        blocksPerRow = most < 2 ? max(1, blocks) : max(1, (blocks + most - 1) / most)
        mapRows = most < 2 ? 0 : (blocks + blocksPerRow - 1) / blocksPerRow
    }

    /// The boxes of the texts, one for each side.
    var textBoxes: [Rect] {
        // Below the map there are the figures and, where there is a map, a blank line.
        let above = mapRows > 0 ? mapRows + 2 : 1
        return boxes.map { box in
            Rect(
                column: box.origin.column + 2, row: box.origin.row + 1 + above,
                columns: max(0, box.size.columns - 4), rows: max(0, box.size.rows - 2 - above))
        }
    }

    /// The lines of a side's text: faint up to where it parts from the other, whose first token that is another is
    /// marked.
    func lines(of side: Int, in comparison: Comparison) -> [TextLine] {
        let columns = textBoxes[side].size.columns
        let side = comparison.sides[side]
        guard let place = comparison.firstDifference, side.tokens.indices.contains(place) else {
            return TextLine.wrapping([InkedText(side.text)], columns: columns)
        }
        let start = side.tokens[place].start
        let end = side.tokens.indices.contains(place + 1) ? side.tokens[place + 1].start : .max
        var texts = ["", "", ""]
        var offset = 0
        // A character belongs to where it begins.
        for character in side.text {
            texts[offset < start ? 0 : offset < end ? 1 : 2].append(character)
            offset += character.utf8.count
        }
        let parts = [
            InkedText(texts[0], .faint), InkedText(texts[1], [.heading, .title]), InkedText(texts[2]),
        ]
        return TextLine.wrapping(parts, columns: columns)
    }

    /// The most lines that a side's text can be scrolled down.
    func lastScroll(of side: Int, in comparison: Comparison) -> Int {
        max(0, lines(of: side, in: comparison).count - textBoxes[side].size.rows)
    }
}
