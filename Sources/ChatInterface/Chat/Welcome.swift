import MoDModel
import TerminalKit

extension Canvas {
    /// Draws what an empty chat pane says.
    mutating func drawWelcome(_ state: ChatState, _ layout: ChatLayout, box: Rect) {
        let columns = box.size.columns - 4
        var row = box.origin.row + 1
        let end = row + layout.rows
        for (index, paragraph) in welcome(state).enumerated() {
            let lines = TextWrap.lines(of: paragraph.text, columns: columns)
            guard row + lines.count <= end else { break }
            for line in lines {
                let place = Point(column: box.origin.column + 2, row: row)
                frame.write(line, at: place, style: paragraph.style, columns: columns)
                row += 1
            }
            if index == 0 || layout.rows > 12 { row += 1 }
        }
    }

    /// The lines of the welcome: what fathom is, the one thing to do, what is worth watching, and where to learn the
    /// rest.
    private func welcome(_ state: ChatState) -> [Piece] {
        let blocks = state.model.blockCount
        let whatIsShown = Layout(state).heatmapBox == nil ? "Tab shows" : "The heatmap shows"
        let depth: [String] =
            switch (state.dial.isRouted, state.dial.capacity) {
            case (false, _): ["This model is dense: every token goes through all \(blocks) blocks."]
            case (true, .dense):
                [
                    "Now each token goes through all \(blocks) blocks. Ctrl-Down lowers the capacity, even "
                        + "mid-reply: tokens then leave blocks out. \(whatIsShown) which, live.",
                    "Lower is faster, higher is sounder; Ctrl-Up goes back up.",
                ]
            case (true, _):
                [
                    "Each token takes only some of the \(blocks) blocks. \(whatIsShown) which, live.",
                    "Ctrl-Up and Ctrl-Down turn the capacity, even mid-reply: lower is faster, higher is sounder.",
                ]
            }
        return [
            ("\(state.model.name), on your own CPU", palette.strong),
            ("Type a message and press Enter.", .plain),
        ] + depth.map { ($0, .plain) } + [("Tab inspects tokens. F1 lists all keys.", palette.faint)]
    }
}
