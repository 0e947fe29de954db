import MoDModel
import TerminalKit

extension Canvas {
    /// What an empty chat pane says.
    mutating func drawWelcome(_ state: ChatState, _ layout: Layout, box: Rect) {
        let columns = box.size.columns - 4
        let beside = layout.heatmapBox == nil ? "Tab shows" : "The heatmap shows"
        let depth =
            state.isRouted
            ? "Each token takes only some of the \(state.model.blockCount) blocks. \(beside) which, live."
            : "This model is dense: every token goes through all \(state.model.blockCount) blocks."
        let paragraphs: [Piece] = [
            ("\(state.model.name), on your own CPU", palette.strong),
            ("Type a message and press Enter.", .plain),
            (depth, .plain),
            (
                "Ctrl-Up and Ctrl-Down turn the capacity, even mid-reply: lower is faster, higher is sounder.",
                .plain
            ),
            ("Tab inspects tokens. F1 lists all keys.", palette.faint),
        ]
        var row = box.origin.row + 1
        let end = row + layout.chatRows
        for (index, paragraph) in paragraphs.enumerated() {
            let lines = TextWrap.lines(of: paragraph.text, columns: columns)
            guard row + lines.count <= end else { break }
            for line in lines {
                let place = Point(column: box.origin.column + 2, row: row)
                frame.write(line, at: place, style: paragraph.style, columns: columns)
                row += 1
            }
            if index == 0 || layout.chatRows > 12 { row += 1 }
        }
    }
}
