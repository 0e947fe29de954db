import InferenceEngine
import MoDModel
import TerminalKit

extension Canvas {
    /// Draws two replies side by side over the panes, each below its heatmap; on narrow screens one above the other.
    mutating func drawComparison(_ comparison: Comparison, _ state: ChatState) {
        let size = state.size
        frame.fill(Rect(column: 0, row: 1, columns: size.columns, rows: size.rows - 2), style: .plain)
        let layout = ComparisonLayout(comparison, on: size)
        for place in comparison.sides.indices { draw(place, of: comparison, layout) }
        var line = comparison.failure ?? (comparison.isRunning ? "Esc stops" : "Up Down scroll  Esc closes")
        if let place = comparison.firstDifference { line += "  the replies part at token \(place + 1)" }
        writeCut(
            " \(line)", column: 0, row: size.rows - 2,
            style: comparison.failure == nil ? palette.faint : palette.error,
            columns: size.columns)
    }

    private mutating func draw(_ place: Int, of comparison: Comparison, _ layout: ComparisonLayout) {
        let (side, box, textBox) = (comparison.sides[place], layout.boxes[place], layout.textBoxes[place])
        let isCurrent = comparison.isRunning && comparison.current == place
        frame.box(
            box, title: "capacity \(Numbers.decimal(side.capacity.value, 2))",
            style: palette.border(focused: isCurrent),
            glyphs: glyphs.glyphSet)
        let (column, columns) = (textBox.origin.column, textBox.size.columns)
        let blocks = side.heatmap.log.blocks.count
        let ink = HeatInk(glyphs: glyphs, palette: palette)
        for (offset, ordinal) in side.heatmap.ordinals.suffix(columns).enumerated() {
            guard let faces = side.heatmap.faces(of: ordinal) else { continue }
            for row in 0..<layout.mapRows {
                let top = blocks - row * layout.blocksPerRow
                let range = max(0, top - layout.blocksPerRow)..<top
                frame[column + offset, box.origin.row + 1 + row] = ink.cell(of: faces[range])
            }
        }
        writeCut(
            figures(of: side, isCurrent: isCurrent), column: column,
            row: box.origin.row + 1 + layout.mapRows, style: palette.strong, columns: columns)
        let lines = layout.lines(of: place, in: comparison)
        let last = max(0, lines.count - textBox.size.rows)
        // What comes is in sight; afterwards the beginning is, until somebody scrolls.
        let first = isCurrent ? last : min(comparison.scroll, last)
        for (offset, line) in lines.dropFirst(first).prefix(textBox.size.rows).enumerated() {
            var used = 0
            for piece in line.pieces {
                used += frame.write(
                    piece.text, at: Point(column: column + used, row: textBox.origin.row + offset),
                    style: palette.style(piece.ink), columns: max(0, columns - used))
            }
        }
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
