import MoDModel
import TerminalKit

extension Canvas {
    /// Draws the last line: a notice, while there is one, else the keys of what has the focus.
    mutating func drawKeyBar(_ state: ChatState, row: Int) {
        let columns = frame.size.columns
        if let shown = state.notice {
            let text = TextSanitizer.sanitized(shown.notice.text, keepingNewlines: false)
            let style = palette.notice(shown.notice.level)
            writeCut(" \(text)", column: 0, row: row, style: style, columns: columns)
            return
        }
        var keys = state.focus == .composer ? composerKeys(state) : heatmapKeys(state)
        while keys.count > 2, width(of: keys) > columns { keys.remove(at: keys.count - 2) }
        let pieces = keys.flatMap { [("  \($0.key)", palette.accent), (" \($0.meaning)", palette.faint)] }
        write(pieces, column: 0, row: row, columns: columns)
    }

    private typealias KeyHint = (key: String, meaning: String)

    private func composerKeys(_ state: ChatState) -> [KeyHint] {
        [
            (glyphs.controlUpDown, "capacity"), ("Tab", "inspect"),
            ("^C", state.isReplying ? "stop" : "leave"),
            ("Enter", "send"), ("Alt-Enter", "new line"), ("PgUp PgDn", "scroll"), ("F1", "help"),
        ]
    }

    private func heatmapKeys(_ state: ChatState) -> [KeyHint] {
        let dense: KeyHint? =
            switch (state.capacity, state.capacityBeforeDense) {
            case (.dense, .dense): nil
            case (.dense, _): ("=", "back")
            default: ("=", "dense")
            }
        return [("[ ]", "capacity")] + [dense].compactMap { $0 } + [
            ("Esc", "write"), (glyphs.leftRight, "token"), (glyphs.upDown, "block"),
            ("^C", state.isReplying ? "stop" : "leave"), ("?", "help"),
        ]
    }

    private func width(of keys: [KeyHint]) -> Int {
        keys.reduce(0) { $0 + TextMeasure.width(of: $1.key) + TextMeasure.width(of: $1.meaning) + 3 }
    }
}
