import TerminalKit

extension Canvas {
    mutating func drawComposer(_ state: ChatState, _ layout: Layout, box: Rect) {
        let top = box.origin.row + box.size.rows - 1 - layout.composerRows
        let focused = state.focus == .composer
        divide(box, row: top - 1, title: composerTitle(state), style: palette.border(focused: focused))

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
        guard focused, state.helpScroll == nil else { return }
        frame.cursor = Point(column: column + 2 + text.cursor.column, row: top + text.cursor.row - first)
    }

    private func composerTitle(_ state: ChatState) -> String {
        if state.scroll > 0 { return "\(state.scroll) more lines below: PgDn" }
        if state.reply?.isStopping == true { return "stopping" }
        if state.isReplying { return state.composer.isEmpty ? "" : "Enter sends once the reply has ended" }
        return ""
    }
}
