import MoDModel
public import TerminalKit

/// Draws a state as a picture exactly as large as the state's screen. Pure: a state always gives one picture.
///
/// - Parameter cache: what the last pictures took to make, by which this one is made faster and no other.
public func view(_ state: ChatState, _ cache: WrapCache = WrapCache()) -> Frame {
    var canvas = Canvas(state)
    let layout = Layout(state)
    guard !layout.isTooSmall else {
        canvas.drawTooSmall(state)
        return canvas.frame
    }
    let recent = RecentRouting(
        state.heatmap.log, weights: state.model.weights,
        setting: state.heldSpeed == nil ? state.dial.setting : nil)
    canvas.drawStatus(state, recent)
    if let box = layout.heatmapBox {
        let plan = HeatmapPlan(state, box: box)
        let ink = HeatInk(glyphs: canvas.glyphs, palette: canvas.palette)
        canvas.drawHeatmap(state, plan, ink)
        canvas.drawInspector(state, plan, ink)
    }
    if let box = layout.chatBox {
        let isNewest = canvas.drawChat(state, layout.chat, box: box, cache)
        canvas.drawComposer(state, layout, box: box, isNewest: isNewest)
    }
    if let comparison = state.comparison { canvas.drawComparison(comparison, state) }
    canvas.drawKeyBar(state, row: layout.keyBarRow)
    for overlay in state.overlays {
        switch overlay {
        case .help(let list): canvas.drawHelp(list, on: state.size)
        case .blocks: canvas.drawBlocks(state)
        case .probe(let probe): canvas.drawProbe(probe, state)
        case .picker(let picker): canvas.drawPicker(picker, now: state.date, on: state.size)
        }
    }
    return canvas.frame
}

extension Canvas {
    /// Draws, on a screen too small for anything else, that it is; the state is kept until there is room again.
    fileprivate mutating func drawTooSmall(_ state: ChatState) {
        let (need, have) = (Layout.minimum, state.size)
        let lines = [
            "Please make the window larger: fathom needs \(need.columns) x \(need.rows) cells, this is "
                + "\(have.columns) x \(have.rows).",
            "fathom needs \(need.columns) x \(need.rows), this is \(have.columns) x \(have.rows)",
            "needs \(need.columns)x\(need.rows)",
        ]
        writeFirstFitting(lines, column: 0, row: 0, style: .plain, columns: frame.size.columns)
    }
}
