import InferenceEngine
import MoDModel
import TerminalKit

extension Canvas {
    /// Draws a look into one token over the panes: a row for each block, from the last, at the top, to the embedding.
    mutating func drawProbe(_ probe: Probe, _ state: ChatState) {
        let size = state.size
        let columns = min(size.columns, 110)
        let count = state.model.blockCount + 1
        let rows = min(size.rows, count + 6)
        let box = Rect(
            column: (size.columns - columns) / 2, row: (size.rows - rows) / 2, columns: columns, rows: rows)
        frame.fill(box, style: .plain)
        let token = state.heatmap.log[probe.ordinal]?.token
        let text = VisibleText.quoted(token?.text ?? "", isUnicode: glyphs.isUnicode)
        frame.box(
            box, title: "what follows \(text), by depth", style: palette.accent, glyphs: glyphs.glyphSet)
        let column = box.origin.column + 2
        let inner = columns - 4
        if let failure = probe.failure {
            for (line, text) in TextWrap.lines(of: failure, columns: inner).prefix(rows - 2).enumerated() {
                frame.write(
                    text, at: Point(column: column, row: box.origin.row + 1 + line), style: palette.warning)
            }
            return
        }
        guard let reading = probe.reading else {
            frame.write(
                "computing\(glyphs.ellipsis)", at: Point(column: column, row: box.origin.row + 1),
                style: palette.faint)
            return
        }
        let layout = ProbeColumns(width: inner)
        drawHead(layout, at: Point(column: column, row: box.origin.row + 1))
        let elsewhere = state.gradesAtDial(ofToken: probe.ordinal)
        // The rows around the cursor, where not all fit.
        let shown = rows - 5
        let cursor = count - 2 - probe.block
        let first = max(0, min(cursor - shown / 2, count - shown))
        for line in 0..<min(shown, count) {
            let depth = count - 1 - first - line
            guard reading.depths.indices.contains(depth) else { continue }
            drawDepth(
                depth, of: reading, probe, layout, elsewhere: elsewhere,
                at: Point(column: column, row: box.origin.row + 2 + line))
        }
        drawSummary(
            of: reading, probe, at: Point(column: column, row: box.origin.row + rows - 3), columns: inner)
        writeCut(
            "\(glyphs.leftRight) token  \(glyphs.upDown) block  Esc close"
                + (elsewhere.isEmpty
                    ? "" : "  [ ] grey: at capacity \(Numbers.decimal(state.dial.capacity.value, 2))"),
            column: column,
            row: box.origin.row + rows - 2,
            style: palette.faint, columns: inner)
    }

    private mutating func drawHead(_ layout: ProbeColumns, at place: Point) {
        frame.write("block", at: place, style: palette.faint)
        frame.write("first choice", at: place.moved(by: layout.choice), style: palette.faint)
        frame.write("p of what it ends at", at: place.moved(by: layout.bar), style: palette.faint)
        guard let flip = layout.flip else { return }
        frame.write("otherwise: KL, first choice", at: place.moved(by: flip), style: palette.faint)
    }

    /// Draws what the model would have said after a number of blocks, and what the last of them did otherwise would
    /// come to.
    private mutating func drawDepth(
        _ depth: Int, of reading: LogitLens.Reading, _ probe: Probe, _ layout: ProbeColumns,
        elsewhere: [Int: Grade], at place: Point
    ) {
        let block = depth - 1
        let isChosen = block == probe.block
        let said = reading.depths[depth]
        if isChosen { frame.write(glyphs.pointer, at: place.moved(by: -1), style: palette.accent) }
        let grade = reading.grades.indices.contains(block) ? reading.grades[block] : nil
        let mark = grade.map(glyph) ?? " "
        if let other = elsewhere[block] {
            frame.write(glyph(of: other), at: place.moved(by: 6), style: palette.faint)
        }
        let number = depth == 0 ? "emb" : String(block).paddedLeft(to: 3)
        frame.write("\(number) \(mark)", at: place, style: isChosen ? palette.strong : .plain)
        let isSettling = depth == reading.settled
        if let first = said.top.first {
            let text = VisibleText.quoted(first.text, isUnicode: glyphs.isUnicode)
            let style = depth >= reading.settled ? palette.model : .plain
            writeCut(
                "\(Numbers.decimal(Double(first.probability), 2)) \(text)",
                column: place.column + layout.choice,
                row: place.row, style: style, columns: layout.choiceColumns)
        }
        let level = said.finalProbability.isFinite ? min(max(Double(said.finalProbability), 0), 1) : 0
        let bar = String(
            repeating: glyphs.gaugeFull, count: Int((level * Double(layout.barColumns)).rounded()))
        var used = frame.write(bar, at: place.moved(by: layout.bar), style: palette.accent)
        if isSettling {
            used += 1
            frame.write(
                "\(glyphs.settles) settled", at: place.moved(by: layout.bar + used), style: palette.strong,
                columns: max(0, (layout.flip ?? layout.width) - layout.bar - used - 1))
        }
        guard let flip = layout.flip, let outcome = probe.whatIf?.outcome(ofBlock: block) else { return }
        let changed = outcome.grades.indices.contains(block) ? outcome.grades[block] : .full
        let name = [.full: "full", .thin: "thin", .bypassed: "off "][changed] ?? ""
        let choice = outcome.prediction.firstChoice
        let isOther = choice.id != reading.depths.last?.top.first?.id
        let text = isOther ? " " + VisibleText.quoted(choice.text, isUnicode: glyphs.isUnicode) : ""
        writeCut(
            "\(name) \(Numbers.decimal(outcome.divergence, 3))\(text)", column: place.column + flip,
            row: place.row,
            style: isOther ? palette.warning : palette.faint, columns: layout.width - flip)
    }

    /// The mark of a grade, in a column that has a cell for each block.
    func glyph(of grade: Grade) -> String {
        switch grade {
        case .full: glyphs.solid
        case .thin: glyphs.thin
        case .bypassed: glyphs.bypassed
        }
    }

    private mutating func drawSummary(
        of reading: LogitLens.Reading, _ probe: Probe, at place: Point, columns: Int
    ) {
        let settled = reading.settled == 0 ? "by the embedding" : "in block \(reading.settled - 1)"
        var line = "settled \(settled), work \(Numbers.decimal(reading.work, 2))"
        if let next = reading.next {
            line += ", then came \(VisibleText.quoted(next.text, isUnicode: glyphs.isUnicode))"
        }
        if let all = probe.whatIf?.outcomes.first(where: { $0.change == .allBlocks(.full) }) {
            let text = VisibleText.quoted(all.prediction.firstChoice.text, isUnicode: glyphs.isUnicode)
            line += "; all blocks full: KL \(Numbers.decimal(all.divergence, 3)), \(text)"
        } else if probe.whatIf == nil {
            line += "; trying other grades\(glyphs.ellipsis)"
        }
        writeCut(line, column: place.column, row: place.row, style: .plain, columns: columns)
    }
}

/// Where the columns of a look into a token begin.
private struct ProbeColumns {
    let width: Int
    let choice = 9
    let choiceColumns: Int
    let bar: Int
    let barColumns: Int
    /// Nil where there is no room for it.
    let flip: Int?

    init(width: Int) {
        self.width = width
        choiceColumns = min(22, max(8, width / 3))
        bar = choice + choiceColumns + 1
        let rest = width - bar
        let hasRoom = rest >= 50
        flip = hasRoom ? width - 28 : nil
        barColumns = max(4, min(40, (hasRoom ? rest - 28 : rest) - 11))
    }
}

extension WhatIf {
    /// What it comes to that one block took the token otherwise; nil where that was not asked.
    fileprivate func outcome(ofBlock block: Int) -> Outcome? {
        outcomes.first { if case .block(block, _) = $0.change { true } else { false } }
    }
}

extension Point {
    /// The place so many columns to the right.
    fileprivate func moved(by columns: Int) -> Point { Point(column: column + columns, row: row) }
}
