import InferenceEngine
import MoDModel
import TerminalKit

extension Canvas {
    mutating func drawHeatmap(
        _ state: ChatState, _ plan: HeatmapPlan, _ recent: RecentRouting, _ ink: HeatInk
    ) {
        let focused = state.focus == .heatmap
        frame.box(
            plan.box, title: heatmapTitle(state, plan), style: palette.border(focused: focused),
            glyphs: glyphs.glyphSet)
        drawTokens(state, plan, ink)
        for row in 0..<plan.mapRows { drawEnds(of: row, state, plan, recent) }
        drawTurns(state, plan)
        drawDepths(state, plan)
    }

    private func heatmapTitle(_ state: ChatState, _ plan: HeatmapPlan) -> String {
        var blocks: String?
        if let part = plan.partOfBlocks {
            blocks = "blocks \(part.lowerBound)-\(part.upperBound) of \(state.model.blockCount)"
        } else if plan.blocksPerRow > 1 {
            blocks = "\(plan.blocksPerRow) blocks a row"
        }
        let behind = state.heatmap.log.ordinals.upperBound - plan.ordinals.upperBound
        let newer = behind > 0 ? "\(behind) newer: End" : nil
        // How to get back matters more than what the numbers on the left tell as well.
        let mode = state.heatmap.mode == .score ? nil : state.heatmap.mode.name
        let correlation = state.heatmap.mode == .settled ? state.heatmap.correlation : nil
        let rho = correlation.map {
            "rank correlation with work \($0.value.map { Numbers.decimal($0, 2) } ?? "-")"
        }
        let titles = [
            ["depth", mode, rho, blocks, newer], ["depth", mode, rho, newer], ["depth", mode, newer],
        ].map { parts in
            parts.compactMap { $0 }.joined(separator: " \(glyphs.separator) ")
        }
        let room = plan.box.size.columns - 4
        return titles.first { TextMeasure.width(of: $0) <= room } ?? "depth"
    }

    private mutating func drawTokens(_ state: ChatState, _ plan: HeatmapPlan, _ ink: HeatInk) {
        let rows = (0..<plan.mapRows).map(plan.blocks(ofRow:))
        for ordinal in plan.ordinals {
            guard let faces = state.heatmap.faces(of: ordinal) else { continue }
            let column = plan.column(of: ordinal)
            for (row, blocks) in rows.enumerated() {
                frame[column, plan.mapRow + row] = ink.cell(of: faces[blocks])
            }
        }
        drawSelected(state, plan)
    }

    /// Draws the cell of the selected token at the selected block anew, marked, while the heatmap has the focus.
    private mutating func drawSelected(_ state: ChatState, _ plan: HeatmapPlan) {
        let block = state.inspector.block
        guard state.focus == .heatmap, let ordinal = state.inspector.ordinal(in: state.heatmap.log.ordinals),
            plan.ordinals.contains(ordinal), let grades = state.heatmap.log[ordinal]?.token.routing.grades,
            let row = (0..<plan.mapRows).first(where: { plan.blocks(ofRow: $0).contains(block) })
        else { return }
        let grade = grades.indices.contains(block) ? grades[block] : .bypassed
        frame[plan.column(of: ordinal), plan.mapRow + row] = Cell(
            text: glyphs.selected(grade), style: palette.strong)
    }

    /// Draws the number on the left and the realised capacity on the right of a row of blocks.
    private mutating func drawEnds(
        of row: Int, _ state: ChatState, _ plan: HeatmapPlan, _ recent: RecentRouting
    ) {
        let blocks = plan.blocks(ofRow: row)
        let y = plan.mapRow + row
        let isChosen = state.focus == .heatmap && blocks.contains(state.inspector.block)
        if isChosen {
            frame.write(
                glyphs.pointer, at: Point(column: plan.numberColumn - 1, row: y), style: palette.accent)
        }
        let number = String(blocks.upperBound - 1).paddedLeft(to: plan.numberColumns)
        frame.write(
            number, at: Point(column: plan.numberColumn, row: y),
            style: isChosen ? palette.chosen : palette.faint)
        let realised = blocks.compactMap { recent.realised[$0] }
        guard !realised.isEmpty else { return }
        let mean = Numbers.percent(realised.reduce(0, +) / Double(realised.count))
        frame.write(
            mean.paddedLeft(to: HeatmapPlan.realisedColumns), at: Point(column: plan.realisedColumn, row: y),
            style: .plain)
    }

    /// Draws the line that tells where the prompt and the reply of each turn begin, and a pointer to the chosen token.
    private mutating func drawTurns(_ state: ChatState, _ plan: HeatmapPlan) {
        let log = state.heatmap.log
        for ordinal in plan.ordinals {
            guard let column = log[ordinal] else { continue }
            let before = log[ordinal - 1]
            let begins = before?.turn != column.turn || before?.isReply != column.isReply
            guard begins || ordinal == plan.ordinals.lowerBound else { continue }
            var end = ordinal + 1
            while plan.ordinals.contains(end), let next = log[end], next.turn == column.turn,
                next.isReply == column.isReply
            { end += 1 }
            let width = end - ordinal
            let name = column.isReply ? "reply" : "prompt"
            let text = (begins ? glyphs.turnStart : glyphs.horizontal) + (name.count + 1 < width ? name : "")
            let line = text + String(repeating: glyphs.horizontal, count: max(0, width - text.count))
            frame.write(
                line, at: Point(column: plan.column(of: ordinal), row: plan.turnRow),
                style: column.isReply ? palette.model : palette.faint, columns: width)
        }
        guard state.focus == .heatmap, let selected = state.inspector.ordinal(in: log.ordinals),
            plan.ordinals.contains(selected)
        else { return }
        frame.write(
            glyphs.upPointer, at: Point(column: plan.column(of: selected), row: plan.turnRow),
            style: palette.accent)
    }

    /// Draws the line of bars that tell how many blocks processed each token.
    private mutating func drawDepths(_ state: ChatState, _ plan: HeatmapPlan) {
        let count = max(1, state.heatmap.log.blocks.count)
        for ordinal in plan.ordinals {
            guard let column = state.heatmap.log[ordinal] else { continue }
            let depth = Double(min(column.token.routing.depth, count)) / Double(count)
            let bar = glyphs.depths.element(at: depth) ?? ""
            frame.write(
                bar, at: Point(column: plan.column(of: ordinal), row: plan.depthRow),
                style: column.isReply ? palette.model.withoutUnderline : palette.faint)
        }
        frame.write(
            "depth".paddedLeft(to: HeatmapPlan.realisedColumns),
            at: Point(column: plan.realisedColumn, row: plan.depthRow), style: palette.faint)
    }
}

extension Style {
    fileprivate var withoutUnderline: Style {
        var style = self
        style.attributes.remove(.underline)
        return style
    }
}
