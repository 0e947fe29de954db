import InferenceEngine
import MoDModel
import TerminalKit

/// A routed block's score of a token and the thresholds it was held against, as places on a bar, 0…1.
struct ScoreBar: Sendable, Hashable {
    /// How far the bar reaches.
    let score: Double
    /// The thresholds, the lower first; none where none was in force.
    let thresholds: [Double]

    /// Places a decision on the range of the block's scores, which is made wider where the decision lies outside.
    init(_ decision: BlockDecision, _ scale: ScoreScale) {
        let marks = [decision.thresholds.thin, decision.thresholds.full].filter(\.isFinite)
        let all = ([scale.low, scale.high, decision.score] + marks).filter(\.isFinite).map(Double.init)
        let (low, high) = (all.min() ?? 0, all.max() ?? 0)
        let place = { (value: Float) in high > low ? (Double(value) - low) / (high - low) : 1 }
        score = decision.score.isFinite ? place(decision.score) : decision.score > 0 ? 1 : 0
        thresholds = marks.count == 2 && marks[0] == marks[1] ? [place(marks[0])] : marks.map(place)
    }
}

extension Canvas {
    /// Draws over the panes what every block made of the chosen token: its score on a bar that the thresholds are
    /// marked on, and why the token has its grade; above that, what is known of the token.
    mutating func drawBlocks(_ state: ChatState) {
        let size = state.size
        let columns = min(size.columns, 100)
        let count = state.model.blockCount
        let text = InspectorText(state, glyphs: glyphs)
        let head = text?.runnersUp == nil ? 1 : 2
        let rows = min(size.rows, count + head + 3)
        let box = Rect(
            column: (size.columns - columns) / 2, row: (size.rows - rows) / 2, columns: columns, rows: rows)
        frame.fill(box, style: .plain)
        frame.box(box, title: text?.title ?? "token", style: palette.accent, glyphs: glyphs.glyphSet)
        let (column, inner) = (box.origin.column + 2, columns - 4)
        var row = box.origin.row + 1
        guard let text else {
            writeCut("No tokens yet.", column: column, row: row, style: palette.faint, columns: inner)
            return
        }
        writeFirstFitting(
            text.summary.prefix(1).map { "\($0)   id \(text.token.id)" } + text.summary, column: column,
            row: row,
            style: .plain, columns: inner)
        row += 1
        if let runnersUp = text.runnersUp {
            writeCut("or \(runnersUp)", column: column, row: row, style: palette.faint, columns: inner)
            row += 1
        }
        let ordinal = state.inspector.ordinal(in: state.heatmap.ordinals)
        let elsewhere = ordinal.map(state.gradesAtDial) ?? [:]
        let shown = min(count, box.origin.row + rows - 2 - row)
        let cursor = count - 1 - state.inspector.block
        let first = max(0, min(cursor - shown / 2, count - shown))
        for line in 0..<max(0, shown) {
            drawBlock(
                count - 1 - first - line, of: text, state, elsewhere: elsewhere,
                at: Point(column: column, row: row + line), columns: inner)
        }
        writeCut(
            "\(glyphs.leftRight) token  \(glyphs.upDown) block  l lens  Esc close  "
                + (elsewhere.isEmpty
                    ? "" : "[ ] grey: at \(Numbers.decimal(state.dial.capacity.value, 2))  ")
                + "\(glyphs.gaugeFull) processed  \(glyphs.gaugeEmpty) bypassed  \(glyphs.mark) threshold",
            column: column, row: box.origin.row + rows - 2, style: palette.faint, columns: inner)
    }

    private mutating func drawBlock(
        _ block: Int, of text: InspectorText, _ state: ChatState, elsewhere: [Int: Grade], at place: Point,
        columns: Int
    ) {
        let isChosen = block == state.inspector.block
        if isChosen {
            frame.write(
                glyphs.pointer, at: Point(column: place.column - 1, row: place.row), style: palette.accent)
        }
        let numbers = String(max(0, state.model.blockCount - 1)).count
        frame.write(
            String(block).paddedLeft(to: numbers), at: place, style: isChosen ? palette.chosen : palette.faint
        )
        // In grey what the capacity of the dial would make of the token.
        if let grade = elsewhere[block] {
            frame.write(
                glyph(of: grade), at: Point(column: place.column + numbers + 1, row: place.row),
                style: palette.faint)
        }
        let barColumns = min(36, max(6, columns / 3))
        let start = place.column + numbers + 3
        if case .routed(let decision) = text.blocks.outcome(of: text.token.routing, at: block) {
            let bar = ScoreBar(decision, state.heatmap.log.scales[block])
            draw(
                bar, isProcessed: decision.grade != .bypassed, at: Point(column: start, row: place.row),
                columns: barColumns)
        }
        writeFirstFitting(
            text.fullAccount(of: block), column: start + barColumns + 1, row: place.row,
            style: isChosen ? palette.strong : .plain, columns: columns - numbers - barColumns - 4)
    }

    /// Draws a score; blue where the block took the token.
    private mutating func draw(_ bar: ScoreBar, isProcessed: Bool, at place: Point, columns: Int) {
        let full = Int((bar.score * Double(columns)).rounded())
        let style = isProcessed ? palette.bar : palette.faint
        frame.repeatCell(
            isProcessed ? glyphs.gaugeFull : glyphs.gaugeEmpty, at: place, style: style, count: full)
        for threshold in bar.thresholds {
            let mark = min(columns - 1, Int(threshold * Double(columns)))
            frame.write(
                glyphs.mark, at: Point(column: place.column + mark, row: place.row),
                style: palette.mark(onBar: isProcessed && mark < full))
        }
    }
}

extension ChatState {
    /// Takes a key while the blocks of a token cover the panes.
    mutating func pressInBlocks(_ key: Key, _ modifiers: Modifiers) -> [ChatEffect] {
        guard let action = KeyTable.action(key, modifiers, in: [.heatmap, .anywhere]) else { return [] }
        if !action.isForBlocks {
            overlays.removeLast()
            // What else a key means in the heatmap is wanted there; these only close.
            if [.write, .interrupt, .inspectBlocks].contains(action) { return [] }
        }
        return perform(action)
    }
}

extension Action {
    /// Whether the action leaves the blocks of a token over the panes.
    fileprivate var isForBlocks: Bool {
        switch self {
        case .tokenLeft, .tokenRight, .tenTokensLeft, .tenTokensRight, .oldestToken, .newestToken, .blockUp,
            .blockDown, .look, .raiseCapacity, .lowerCapacity, .redraw:
            true
        default: false
        }
    }
}
