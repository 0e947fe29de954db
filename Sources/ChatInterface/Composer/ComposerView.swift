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
        frame.cursor = Point(column: column + 2 + text.cursor.column, row: top + text.cursor.row - first)
    }

    private func composerTitle(_ state: ChatState, isNewest: Bool) -> String {
        if let completion = Completion(state.composer.text) {
            if let hint = completion.hint { return hint }
            let names = completion.candidates.map(\.trimmed).joined(separator: " ")
            return names.isEmpty ? "no such command; // sends a slash" : names
        }
        if !isNewest { return "more below: PgDn" }
        if state.chat.reply?.isStopping == true { return "stopping" }
        if state.chat.edited != nil { return "another version; Esc leaves it as it is" }
        if state.isReplying, !state.composer.isEmpty { return "Enter sends once the reply has ended" }
        return ""
    }
}
