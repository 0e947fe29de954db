import InferenceEngine
import MoDModel
import TerminalKit

extension Canvas {
    /// Draws two replies side by side over the panes, each below its heatmap; on narrow screens one above the other.
    mutating func drawComparison(_ comparison: Comparison, _ state: ChatState) {
        let size = state.size
        frame.fill(Rect(column: 0, row: 1, columns: size.columns, rows: size.rows - 2), style: .plain)
        let isWide = size.columns >= 76
        let rows = size.rows - 3
        for (place, side) in comparison.sides.enumerated() {
            let box =
                isWide
                ? Rect(
                    column: place * (size.columns / 2), row: 1,
                    columns: place == 0 ? size.columns / 2 : size.columns - size.columns / 2, rows: rows)
                : Rect(
                    column: 0, row: 1 + place * (rows / 2), columns: size.columns,
                    rows: place == 0 ? rows / 2 : rows - rows / 2)
            draw(side, isCurrent: comparison.isRunning && comparison.current == place, comparison, in: box)
        }
        var line = comparison.failure ?? (comparison.isRunning ? "Esc stops" : "Up Down scroll  Esc closes")
        if let place = comparison.firstDifference { line += "  the replies part at token \(place + 1)" }
        writeCut(
            " \(line)", column: 0, row: size.rows - 2,
            style: comparison.failure == nil ? palette.faint : palette.error,
            columns: size.columns)
    }

    private mutating func draw(
        _ side: Comparison.Side, isCurrent: Bool, _ comparison: Comparison, in box: Rect
    ) {
        frame.box(
            box, title: "capacity \(Numbers.decimal(side.capacity.value, 2))",
            style: palette.border(focused: isCurrent),
            glyphs: glyphs.glyphSet)
        let (column, columns) = (box.origin.column + 2, box.size.columns - 4)
        // The map has up to half of the rows, two blocks in each where that is enough.
        let blocks = side.heatmap.log.blocks.count
        let most = max(2, (box.size.rows - 4) / 2)
        let perRow = max(1, (blocks + most - 1) / most)
        let mapRows = (blocks + perRow - 1) / perRow
        let ink = HeatInk(glyphs: glyphs, palette: palette)
        for (offset, ordinal) in side.heatmap.log.ordinals.suffix(columns).enumerated() {
            guard let faces = side.heatmap.faces(of: ordinal) else { continue }
            for row in 0..<mapRows {
                let top = blocks - row * perRow
                let range = max(0, top - perRow)..<top
                frame[column + offset, box.origin.row + 1 + row] = ink.cell(of: faces[range])
            }
        }
        writeCut(
            figures(of: side, isCurrent: isCurrent), column: column, row: box.origin.row + 1 + mapRows,
            style: palette.strong,
            columns: columns)
        let top = box.origin.row + 3 + mapRows
        let height = box.origin.row + box.size.rows - 1 - top
        let lines = text(of: side, comparison, columns: columns)
        // What comes is in sight; afterwards the beginning is, until somebody scrolls.
        let first =
            isCurrent ? max(0, lines.count - height) : min(comparison.scroll, max(0, lines.count - height))
        for (offset, line) in lines.dropFirst(first).prefix(max(0, height)).enumerated() {
            var used = 0
            for piece in line.pieces {
                used += frame.write(
                    piece.text, at: Point(column: column + used, row: top + offset),
                    style: palette.style(piece.ink),
                    columns: max(0, columns - used))
            }
        }
    }

    /// The reply, up to where it parts from the other plain, the first token that is another marked.
    private func text(of side: Comparison.Side, _ comparison: Comparison, columns: Int) -> [TextLine] {
        guard let place = comparison.firstDifference, side.tokens.indices.contains(place) else {
            return TextLine.wrapping([InkedText(side.text)], columns: columns)
        }
        let start = side.tokens[place].start
        let end = side.tokens.indices.contains(place + 1) ? side.tokens[place + 1].start : side.text.count
        let parts = [
            InkedText(String(side.text.prefix(start)), .faint),
            InkedText(String(side.text.dropFirst(start).prefix(end - start)), [.heading, .title]),
            InkedText(String(side.text.dropFirst(end))),
        ]
        return TextLine.wrapping(parts, columns: columns)
    }

    private func figures(of side: Comparison.Side, isCurrent: Bool) -> String {
        guard let statistics = side.statistics else {
            guard isCurrent else { return "" }
            return side.speed.rate.map { "\(Numbers.decimal($0, 0)) tok/s" } ?? "reading"
        }
        let speed =
            statistics.generationSeconds > 0
            ? Double(statistics.generatedTokens) / statistics.generationSeconds : 0
        return "\(Numbers.decimal(speed, 0)) tok/s  reads \(Numbers.percent(statistics.weightsReadShare))  "
            + "\(Numbers.decimal(statistics.realisedCapacity, 2)) real  \(statistics.generatedTokens) tokens"
    }
}
