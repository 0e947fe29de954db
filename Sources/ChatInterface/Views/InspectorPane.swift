import InferenceEngine
import TerminalKit

extension Canvas {
    /// What is known about the chosen token, as much of it as there is room for. The box's lower edge explains
    /// the heatmap's cells, or tells of the token where it is inspected and there is no room for more.
    mutating func drawInspector(_ state: ChatState, _ plan: HeatmapPlan, _ ink: HeatInk) {
        let style = palette.border(focused: state.focus == .heatmap)
        let text = InspectorText(state, glyphs: glyphs)
        guard plan.inspectorRows > 0 else {
            if let text, state.focus == .heatmap {
                drawOnEdge(text, plan, style: style)
            } else {
                drawLegend(plan, ink)
            }
            return
        }
        drawLegend(plan, ink)
        divide(plan.box, row: plan.inspectorRow, title: text?.title ?? "token", style: style)
        let column = plan.box.origin.column + 2
        let columns = plan.box.size.columns - 4
        let top = plan.inspectorRow + 1
        guard let text else {
            writeCut("No tokens yet.", column: column, row: top, style: palette.faint, columns: columns)
            return
        }
        writeFirstFitting(text.summary, column: column, row: top, style: .plain, columns: columns)
        guard plan.inspectorRows > 1 else { return }
        writeFirstFitting(text.decision, column: column, row: top + 1, style: .plain, columns: columns)
        drawRunnersUp(
            of: text.token, column: column, row: top + 2, columns: columns, rows: plan.inspectorRows - 2)
    }

    /// Where there is no room below, the lower edge tells the most important things.
    private mutating func drawOnEdge(_ text: InspectorText, _ plan: HeatmapPlan, style: Style) {
        let short = text.summary.last ?? ""
        let parts = text.decision.dropFirst().map { " \(text.text)  \(short)  \($0) " }
        writeFirstFitting(
            parts + [" \(text.text)  \(short) ", " \(short) "], column: plan.box.origin.column + 1,
            row: plan.edgeRow, style: style, columns: plan.box.size.columns - 2)
    }

    /// The tokens that could have come instead: one a line with a bar, or all in one where there is just one.
    private mutating func drawRunnersUp(of token: TracedToken, column: Int, row: Int, columns: Int, rows: Int)
    {
        guard let candidates = token.prediction?.runnersUp, !candidates.isEmpty, rows > 0 else { return }
        let texts = candidates.map { VisibleText.quoted($0.text, isUnicode: glyphs.isUnicode) }
        let shares = candidates.map { Numbers.decimal(Double($0.probability), 2) }
        guard rows >= 3 else {
            let line = zip(texts, shares).map { "\($0) \($1)" }.joined(separator: "  ")
            writeCut("or \(line)", column: column, row: row, style: palette.faint, columns: columns)
            return
        }
        frame.write(
            "instead could have come", at: Point(column: column, row: row), style: palette.faint,
            columns: columns)
        for (index, candidate) in candidates.prefix(rows - 1).enumerated() {
            let full = candidate.probability.isFinite ? min(max(candidate.probability, 0), 1) * 10 : 0
            let bar = String(repeating: glyphs.gaugeFull, count: Int(full.rounded()))
            let line = "\(shares[index]) \(bar.padding(to: 10)) \(texts[index])"
            writeCut(line, column: column, row: row + 1 + index, style: .plain, columns: columns)
        }
    }

    /// What the cells of the heatmap mean, on the box's lower edge; the most important part last to go.
    private mutating func drawLegend(_ plan: HeatmapPlan, _ ink: HeatInk) {
        let steps = max(glyphs.shades.count, HeatInk.ramp.count)
        let ramp = (0..<steps).map { step in
            let cell = ink.cell(of: HeatFace.processed(level: (Double(step) + 0.5) / Double(steps)))
            return (cell.text, cell.style)
        }
        let always = ink.cell(of: HeatFace.always)
        let bypassed: [Piece] = [("\(glyphs.bypassed) bypassed ", palette.faint)]
        let processed: [Piece] = ramp + [(" processed  ", palette.faint)]
        let scored: [Piece] =
            [("score low ", palette.faint)] + ramp + [(" high  ", palette.faint)]
        let unrouted: [Piece] = [
            (" ", palette.faint), (always.text, always.style), (" no router ", palette.faint),
        ]
        let space: [Piece] = [(" ", palette.faint)]
        let columns = plan.box.size.columns - 2
        let fitting = [scored + bypassed + unrouted, scored + bypassed, processed + bypassed, bypassed]
            .map { space + $0 }
            .first { $0.reduce(0) { $0 + TextMeasure.width(of: $1.text) } <= columns }
        guard let fitting else { return }
        write(fitting, column: plan.box.origin.column + 1, row: plan.edgeRow, columns: columns)
    }
}

extension String {
    /// Filled up with spaces on the right.
    fileprivate func padding(to columns: Int) -> String {
        self + String(repeating: " ", count: max(0, columns - count))
    }
}
