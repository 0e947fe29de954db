import InferenceEngine
import MoDModel
import TerminalKit

extension Canvas {
    /// Draws what is known about the chosen token, as much of it as there is room for. The box's lower edge explains
    /// the heatmap's cells, or tells of the token where the heatmap has the focus and there is no room for more.
    mutating func drawInspector(_ state: ChatState, _ plan: HeatmapPlan, _ ink: HeatInk) {
        let style = palette.border(focused: state.focus == .heatmap)
        let text = InspectorText(state, glyphs: glyphs)
        guard plan.inspectorRows > 0 else {
            if let text, state.focus == .heatmap {
                drawOnEdge(text, plan, style: style)
            } else {
                drawLegend(state, plan, ink)
            }
            return
        }
        drawLegend(state, plan, ink)
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
        var row = top + 2
        if let experts = text.experts, plan.inspectorRows > 2 {
            writeFirstFitting(experts, column: column, row: row, style: .plain, columns: columns)
            row += 1
        }
        drawRunnersUp(
            text, column: column, row: row, columns: columns, rows: top + plan.inspectorRows - row)
    }

    /// Draws the most important things about the chosen token on the box's lower edge, for want of room below.
    private mutating func drawOnEdge(_ text: InspectorText, _ plan: HeatmapPlan, style: Style) {
        let short = text.summary.last ?? ""
        let parts = text.decision.dropFirst().map { " \(text.text)  \(short)  \($0) " }
        writeFirstFitting(
            parts + [" \(text.text)  \(short) ", " \(short) "], column: plan.box.origin.column + 1,
            row: plan.edgeRow, style: style, columns: plan.box.size.columns - 2)
    }

    /// Draws the tokens that could have come in place of the chosen one: each on a line with a bar, or all in one line
    /// where there are less than three.
    private mutating func drawRunnersUp(
        _ text: InspectorText, column: Int, row: Int, columns: Int, rows: Int
    ) {
        guard let candidates = text.token.prediction?.runnersUp, !candidates.isEmpty, rows > 0 else { return }
        let texts = candidates.map { VisibleText.quoted($0.text, isUnicode: glyphs.isUnicode) }
        let probabilities = candidates.map { Numbers.decimal(Double($0.probability), 2) }
        guard rows >= 3 else {
            writeCut(
                "or \(text.runnersUp ?? "")", column: column, row: row, style: palette.faint, columns: columns
            )
            return
        }
        frame.write(
            "instead could have come", at: Point(column: column, row: row), style: palette.faint,
            columns: columns)
        for (index, candidate) in candidates.prefix(rows - 1).enumerated() {
            let full = candidate.probability.isFinite ? min(max(candidate.probability, 0), 1) * 10 : 0
            let bar = String(repeating: glyphs.gaugeFull, count: Int(full.rounded()))
            let line = "\(probabilities[index]) \(bar.padding(to: 10)) \(texts[index])"
            writeCut(line, column: column, row: row + 1 + index, style: .plain, columns: columns)
        }
    }

    /// Draws on the box's lower edge what the cells of the heatmap mean, as much as there is room for.
    private mutating func drawLegend(_ state: ChatState, _ plan: HeatmapPlan, _ ink: HeatInk) {
        let legend = HeatLegend(
            ink: ink, mode: state.heatmap.mode, plan: plan, isGraded: state.model.weights.hasThinPath)
        let columns = plan.box.size.columns - 2
        let fitting = legend.forms.map { [(" ", palette.faint)] + $0 }
            .first { $0.reduce(0) { $0 + TextMeasure.width(of: $1.text) } <= columns }
        guard let fitting else { return }
        write(fitting, column: plan.box.origin.column + 1, row: plan.edgeRow, columns: columns)
    }
}

extension String {
    /// The text with spaces on its right up to so many columns.
    fileprivate func padding(to columns: Int) -> String {
        self + String(repeating: " ", count: max(0, columns - count))
    }
}
