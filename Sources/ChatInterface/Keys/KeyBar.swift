import MoDModel
import TerminalKit

extension Canvas {
    /// Draws the last line: a notice, while there is one, else the keys of what has the focus.
    mutating func drawKeyBar(_ state: ChatState, row: Int) {
        let columns = frame.size.columns
        if let shown = state.notices.shown {
            let text = TextSanitizer.sanitized(shown.notice.text, keepingNewlines: false)
            let style = palette.notice(shown.notice.level)
            writeCut(" \(text)", column: 0, row: row, style: style, columns: columns)
            return
        }
        // What lies over the panes tells of its keys itself.
        guard state.comparison == nil, state.overlays.isEmpty else { return }
        var keys = keyHints(state)
        while keys.count > 2, width(of: keys) > columns { keys.remove(at: keys.count - 2) }
        let pieces = keys.flatMap { [("  \($0.key)", palette.accent), (" \($0.word)", palette.faint)] }
        write(pieces, column: 0, row: row, columns: columns)
    }

    private typealias KeyHint = (key: String, word: String)

    private func keyHints(_ state: ChatState) -> [KeyHint] {
        let scope = state.focus.scope
        return (KeyTable.bars[scope] ?? []).compactMap { action in
            guard let entry = KeyTable.entry(of: action, in: scope),
                let word = word(for: action, entry, state)
            else { return nil }
            return (label(of: entry, for: action, in: scope), word)
        }
    }

    /// What the bar says a key does now; nil where it would do nothing.
    private func word(for action: Action, _ entry: KeyTable.Entry, _ state: ChatState) -> String? {
        switch action {
        case .interrupt: state.isReplying ? "stop" : "leave"
        case .toggleDense where state.dial.capacity == .dense:
            state.dial.capacityBeforeDense == .dense ? nil : "back"
        default: entry.word
        }
    }

    /// The keys of an entry, as short as they can be understood.
    private func label(of entry: KeyTable.Entry, for action: Action, in scope: Scope) -> String {
        switch action {
        case .raiseCapacity: return glyphs.controlUpDown
        case .tokenLeft: return glyphs.leftRight
        case .blockUp: return glyphs.upDown
        // Where nothing is typed one sign is enough; where something is, F1 is sure.
        case .toggleHelp: return scope == .heatmap ? "?" : "F1"
        case .lowerCapacity, .scrollUp, .zoomIn:
            return entry.keys.map(\.chord.label).joined(separator: " ")
        default: return entry.keys.first { $0.action == action }?.chord.label ?? ""
        }
    }

    private func width(of keys: [KeyHint]) -> Int {
        keys.reduce(0) { $0 + TextMeasure.width(of: $1.key) + TextMeasure.width(of: $1.word) + 3 }
    }
}
