import Foundation
import TerminalKit

extension Canvas {
    /// Draws the text being written, below the conversation in their common box.
    ///
    /// - Parameter isNewest: whether the conversation's newest line is in sight.
    mutating func drawComposer(_ state: ChatState, _ layout: Layout, box: Rect, isNewest: Bool) {
        let top = box.origin.row + box.size.rows - 1 - layout.composerRows
        let focused = state.focus == .composer
        divide(
            box, row: top - 1, title: composerTitle(state, isNewest: isNewest),
            style: palette.border(focused: focused))

        let text = ComposerLayout(state.composer, columns: layout.composerTextColumns)
        let first = max(0, min(text.cursor.row, text.rows.count - 1) - layout.composerRows + 1)
        let column = box.origin.column + 2
        for line in 0..<layout.composerRows where first + line < text.rows.count {
            let row = top + line
            let prompt = first + line == 0 ? ">" : " "
            frame.write(prompt, at: Point(column: column, row: row), style: palette.accent)
            frame.write(
                text.text(of: first + line), at: Point(column: column + 2, row: row), style: .plain,
                columns: layout.composerTextColumns)
        }
        if state.composer.isEmpty && !focused {
            frame.write("Esc to write", at: Point(column: column + 2, row: top), style: palette.faint)
        }
        guard focused, state.overlays.isEmpty else { return }
        drawCompletions(state, box: box, below: top - 1)
        frame.cursor = Point(column: column + 2 + text.cursor.column, row: top + text.cursor.row - first)
    }

    /// The most completions that are listed at once.
    private static let mostCompletions = 8

    /// Lists what a command that is being typed may become, over the newest lines of the chat.
    private mutating func drawCompletions(_ state: ChatState, box: Rect, below end: Int) {
        let walk = state.completing.flatMap { $0.text == state.composer.text ? $0 : nil }
        let candidates = walk?.candidates ?? Completion(state.composer.text)?.candidates ?? []
        let rows = min(Canvas.mostCompletions, candidates.count, end - box.origin.row - 2)
        guard candidates.count > 1, rows > 1 else { return }
        let chosen = walk?.place ?? 0
        let first = max(0, min(chosen - rows / 2, candidates.count - rows))
        let (column, columns) = (box.origin.column + 1, box.size.columns - 2)
        frame.fill(Rect(column: column, row: end - rows, columns: columns, rows: rows), style: .plain)
        // Where there is little room, what a command does matters more than how its argument looks.
        let isNarrow = columns < 60
        let names = candidates.map { isNarrow ? $0.text.trimmed : $0.usage }
        let nameColumns = names.map { TextMeasure.width(of: $0) }.max() ?? 0
        for (offset, candidate) in candidates.dropFirst(first).prefix(rows).enumerated() {
            let row = end - rows + offset
            let isChosen = walk != nil && first + offset == chosen
            let name = names[first + offset].padding(toLength: nameColumns + 2, withPad: " ", startingAt: 0)
            write(
                [
                    (isChosen ? glyphs.pointer + " " : "  ", palette.accent),
                    (name, isChosen ? palette.strong : palette.accent),
                ], column: column, row: row, columns: columns)
            writeCut(
                candidate.meaning, column: column + 2 + name.count, row: row, style: palette.faint,
                columns: columns - 2 - name.count)
        }
    }

    private func composerTitle(_ state: ChatState, isNewest: Bool) -> String {
        if let completion = Completion(state.composer.text) {
            if completion.isUnknown { return "no such command; // sends a slash" }
            return completion.hint ?? "Tab goes through \(completion.candidates.count)"
        }
        if !isNewest { return "more below: PgDn" }
        if state.chat.reply?.isStopping == true { return "stopping" }
        if state.chat.edited != nil { return "another version; Esc leaves it as it is" }
        if state.isReplying, !state.composer.isEmpty { return "Enter sends once the reply has ended" }
        return ""
    }
}
