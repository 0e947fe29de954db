import InferenceEngine
import MoDModel
import TerminalKit

extension Canvas {
    mutating func drawHeatmap(_ state: ChatState, _ plan: HeatmapPlan, _ ink: HeatInk) {
        let focused = state.focus == .heatmap
        frame.box(
            plan.box, title: heatmapTitle(state, plan), style: palette.border(focused: focused),
            glyphs: glyphs.glyphSet)
        let slots = plan.slots.compactMap { slot in
            SlotFigures(
                slot, plan.ordinals(ofSlot: slot), of: state.heatmap.log, weights: state.model.weights)
        }
        drawTokens(slots, state, plan, ink)
        let seen = SeenShares(plan.ordinals, of: state)
        for row in 0..<plan.mapRows { drawEnds(of: row, state, plan, seen) }
        drawTurns(slots, state, plan)
        drawTokenBars(slots, state, plan)
    }

    private func heatmapTitle(_ state: ChatState, _ plan: HeatmapPlan) -> String {
        var blocks: String?
        if let part = plan.partOfBlocks {
            blocks = "blocks \(part.lowerBound)-\(part.upperBound) of \(state.model.blockCount)"
        } else if plan.blocksPerRow > 1 {
            blocks = "\(plan.blocksPerRow) blocks a row"
        }
        let behind = state.heatmap.ordinals.upperBound - plan.ordinals.upperBound
        let replay = state.heatmap.replay.map { "\($0.progress): Esc stops" }
        let newer = replay ?? (behind > 0 ? "\(behind) newer: End" : nil)
        // How to get back matters more than what the numbers on the left tell as well.
        let mode = state.heatmap.mode == .score ? nil : state.heatmap.mode.name
        let correlation = state.heatmap.mode == .settled ? state.heatmap.correlation : nil
        let figure = correlation.map { $0.value.map { Numbers.decimal($0, 2) } ?? "-" }
        let (rho, shortRho) = (
            figure.map { "rank correlation with work \($0)" }, figure.map { "corr. \($0)" }
        )
        let zoom = plan.zoom.tokens > 1 ? "\(plan.zoom.tokens) tokens a column" : nil
        let titles = [
            ["depth", mode, rho, zoom, blocks, newer], ["depth", mode, rho, zoom, newer],
            ["depth", mode, shortRho, zoom, newer], ["depth", mode, zoom, newer], ["depth", mode, newer],
            ["depth", newer], [newer], ["depth", mode, shortRho], ["depth", mode],
        ].map { parts in
            parts.compactMap { $0 }.joined(separator: " \(glyphs.separator) ")
        }
        let room = plan.box.size.columns - 4
        return titles.first { (1...max(1, room)).contains(TextMeasure.width(of: $0)) } ?? "depth"
    }

    private mutating func drawTokens(
        _ slots: [SlotFigures], _ state: ChatState, _ plan: HeatmapPlan, _ ink: HeatInk
    ) {
        let rows = (0..<plan.mapRows).map(plan.blocks(ofRow:))
        for slot in slots {
            let column = plan.column(ofSlot: slot.slot)
            let cells = cells(of: slot.ordinals, rows, state.heatmap, ink)
            for (row, cell) in cells.enumerated() {
                let shown = slot.isTemplate ? ink.dimmed(cell) : cell
                for place in 0..<plan.zoom.columns { frame[column + place, plan.mapRow + row] = shown }
                guard plan.zoom.columns > 1, rows[row].count == 1 else { continue }
                drawExperts(
                    of: slot.newest.token.routing, block: rows[row].lowerBound,
                    at: Point(column: column + 1, row: plan.mapRow + row), columns: plan.zoom.columns - 1)
            }
        }
        drawSelected(state, plan)
    }

    /// Draws over the columns that a cell has to spare which experts the token took in a block, as many as there is
    /// room for; a dash where it took none.
    private mutating func drawExperts(
        of routing: TokenRouting, block: Int, at place: Point, columns: Int
    ) {
        guard let taken = routing.experts(at: block) else { return }
        var text = taken.first.map(String.init) ?? "-"
        for expert in taken.dropFirst() where text.count + 1 + String(expert).count <= columns {
            text += " \(expert)"
        }
        guard text.count <= columns else { return }
        let rest = String(repeating: " ", count: columns - text.count)
        frame.write(text + rest, at: place, style: palette.faint)
    }

    /// The cells of a slot's tokens, one for each of some ranges of blocks.
    private func cells(
        of ordinals: Range<Int>, _ rows: [Range<Int>], _ heatmap: Heatmap, _ ink: HeatInk
    ) -> [Cell] {
        guard ordinals.count != 1 else {
            guard let faces = heatmap.faces(of: ordinals.lowerBound) else { return [] }
            return rows.map { ink.cell(of: faces[$0]) }
        }
        let blends = heatmap.blends(of: ordinals)
        return rows.map { blocks in
            var row = HeatBlend()
            for block in blocks { row.add(blends[block]) }
            return ink.cell(of: row)
        }
    }

    /// Draws the cell of the selected token at the selected block anew, marked, while the heatmap has the focus.
    private mutating func drawSelected(_ state: ChatState, _ plan: HeatmapPlan) {
        let block = state.inspector.block
        guard state.focus == .heatmap, let ordinal = state.inspector.ordinal(in: state.heatmap.ordinals),
            plan.ordinals.contains(ordinal), let grades = state.heatmap.log[ordinal]?.token.routing.grades,
            let row = (0..<plan.mapRows).first(where: { plan.blocks(ofRow: $0).contains(block) })
        else { return }
        let grade = grades.indices.contains(block) ? grades[block] : .bypassed
        frame[plan.column(of: ordinal), plan.mapRow + row] = Cell(
            text: glyphs.selected(grade), style: palette.strong)
    }

    /// Draws the number on the left of a row of blocks, and on the right the work they did for the tokens in sight,
    /// with a bar beside what was asked for.
    private mutating func drawEnds(
        of row: Int, _ state: ChatState, _ plan: HeatmapPlan, _ seen: SeenShares
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
        guard let realised = mean(of: blocks, seen.realised) else { return }
        frame.write(
            Numbers.percent(realised).paddedLeft(to: HeatmapPlan.realisedColumns),
            at: Point(column: plan.realisedColumn, row: y), style: .plain)
        guard plan.barColumns > 0 else { return }
        let place = Point(column: plan.barColumn, row: y)
        frame.write(glyphs.bar(realised, columns: plan.barColumns), at: place, style: palette.bar)
        // What all tokens go through was not asked for.
        guard let asked = mean(of: blocks, seen.asked) else { return }
        let mark = min(plan.barColumns - 1, Int(asked * Double(plan.barColumns)))
        frame.write(
            glyphs.mark, at: Point(column: place.column + mark, row: y),
            style: palette.mark(onBar: Double(mark) + 0.5 <= realised * Double(plan.barColumns)))
    }

    private func mean(of blocks: Range<Int>, _ values: [Double?]) -> Double? {
        let known = blocks.compactMap { values[$0] }
        return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }

    /// Draws the line that tells where the prompt and the reply of each turn begin, or, where there is room for them,
    /// what the tokens read as; and a pointer to the chosen token.
    private mutating func drawTurns(_ slots: [SlotFigures], _ state: ChatState, _ plan: HeatmapPlan) {
        if plan.zoom.columns >= 4 {
            drawTexts(slots, plan)
        } else {
            drawParts(slots, plan, before: state.heatmap.log[plan.ordinals.lowerBound - 1])
        }
        guard state.focus == .heatmap, let selected = state.inspector.ordinal(in: state.heatmap.ordinals),
            plan.ordinals.contains(selected)
        else { return }
        frame.write(
            glyphs.upPointer, at: Point(column: plan.column(of: selected), row: plan.turnRow),
            style: palette.accent)
    }

    private mutating func drawTexts(_ slots: [SlotFigures], _ plan: HeatmapPlan) {
        for slot in slots {
            let text = VisibleText.quoted(slot.newest.token.text, isUnicode: glyphs.isUnicode)
            frame.write(
                String(text.dropFirst().dropLast()),
                at: Point(column: plan.column(ofSlot: slot.slot), row: plan.turnRow), style: style(of: slot),
                columns: plan.zoom.columns)
        }
    }

    /// Draws where prompts and replies are; `before` is the token before the first in the window.
    private mutating func drawParts(_ slots: [SlotFigures], _ plan: HeatmapPlan, before: TraceColumn?) {
        for part in slots.parts {
            guard let first = part.first else { continue }
            let isReply = first.newest.isReply
            for slot in part {
                frame.repeatCell(
                    isReply ? glyphs.horizontal : glyphs.promptLine,
                    at: Point(column: plan.column(ofSlot: slot.slot), row: plan.turnRow),
                    style: style(of: slot), count: plan.zoom.columns)
            }
            let place = Point(column: plan.column(ofSlot: first.slot), row: plan.turnRow)
            let style = isReply ? palette.model : palette.prompt
            if first.slot > plan.slots.lowerBound || before?.isOfOnePart(with: first.newest) != true {
                frame.write(glyphs.turnStart, at: place, style: style)
            }
            let name = isReply ? "reply" : "prompt"
            guard name.count + 1 < part.count * plan.zoom.columns else { continue }
            frame.write(name, at: Point(column: place.column + 1, row: place.row), style: style)
        }
    }

    /// Draws the lines of bars that tell how many blocks processed each token and how much of the weights was read for
    /// it, with the means of those in sight.
    private mutating func drawTokenBars(_ slots: [SlotFigures], _ state: ChatState, _ plan: HeatmapPlan) {
        let blocks = state.heatmap.log.blocks
        let count = Double(max(1, blocks.count))
        let least = state.model.weights.leastShareRead(routed: blocks.routed.count, of: blocks.count)
        for slot in slots {
            let (style, column) = (style(of: slot), plan.column(ofSlot: slot.slot))
            drawBar(slot.depth / count, column: column, row: plan.depthRow, plan, style)
            guard plan.hasReads else { continue }
            let level = least < 1 ? (slot.read - least) / (1 - least) : 1
            drawBar(level, column: column, row: plan.readsRow, plan, style)
        }
        drawMean("depth", slots.mean(of: \.depth).map { Numbers.decimal($0, 1) }, row: plan.depthRow, plan)
        guard plan.hasReads else { return }
        drawMean("reads", slots.mean(of: \.read).map(Numbers.percent), row: plan.readsRow, plan)
    }

    private mutating func drawBar(
        _ level: Double, column: Int, row: Int, _ plan: HeatmapPlan, _ style: Style
    ) {
        let bar = glyphs.depths.element(at: level) ?? ""
        frame.repeatCell(bar, at: Point(column: column, row: row), style: style, count: plan.zoom.columns)
    }

    /// Draws what a line of bars tells of, and the mean of it where there is room.
    private mutating func drawMean(_ name: String, _ value: String?, row: Int, _ plan: HeatmapPlan) {
        frame.write(
            name.paddedLeft(to: HeatmapPlan.realisedColumns),
            at: Point(column: plan.realisedColumn, row: row),
            style: palette.faint)
        guard plan.barColumns > 0, let value else { return }
        frame.write(
            value.paddedLeft(to: plan.barColumns), at: Point(column: plan.barColumn, row: row), style: .plain)
    }

    /// The style of what stands for a slot below the map.
    private func style(of slot: SlotFigures) -> Style {
        if slot.isTemplate { return palette.faint }
        return slot.newest.isReply ? palette.model.withoutUnderline : palette.prompt
    }
}

extension WeightBytes {
    /// The share of weights read for a token that every routed block bypasses.
    fileprivate func leastShareRead(routed: Int, of blocks: Int) -> Double {
        let grades = (0..<blocks).map { $0 < routed ? Grade.bypassed : .full }
        return shareRead(by: TokenRouting(grades: grades, scores: [], thresholds: [], reasons: []))
    }
}

extension Style {
    fileprivate var withoutUnderline: Style {
        var style = self
        style.attributes.remove(.underline)
        return style
    }
}
