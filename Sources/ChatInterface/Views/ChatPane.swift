import TerminalKit

/// The pane with the conversation, its newest line at the bottom unless it is scrolled up.
enum ChatPane {
    /// Lines that an entry takes, its label included where that stands above.
    static func rows(_ entry: Transcript.Entry, _ layout: Layout) -> Int {
        let label = layout.hasLabelsAbove && entry.kind != .note ? 1 : 0
        return label + entry.body.lineCount + (entry.isInterrupted ? 1 : 0)
    }

    /// Lines that all entries take, blank ones between them included.
    static func rows(_ state: ChatState, _ layout: Layout) -> Int {
        let entries = state.transcript.entries
        return entries.reduce(max(0, entries.count - 1)) { $0 + rows($1, layout) }
    }

    /// The most lines the pane can be scrolled up.
    static func maximumScroll(_ state: ChatState) -> Int {
        let layout = state.layout
        return max(0, rows(state, layout) - layout.chatRows)
    }
}

extension Canvas {
    mutating func drawChat(_ state: ChatState, _ layout: Layout, box: Rect) {
        frame.box(
            box, title: "chat", style: palette.border(focused: state.focus == .composer),
            glyphs: glyphs.glyphSet)
        guard state.transcript.hasMessages || state.transcript.entries.contains(where: { $0.kind == .note })
        else { return drawWelcome(state, layout, box: box) }

        let total = ChatPane.rows(state, layout)
        let scroll = min(state.scroll, max(0, total - layout.chatRows))
        let top = max(0, total - layout.chatRows - scroll)
        var start = 0
        for (index, entry) in state.transcript.entries.enumerated() {
            let rows = ChatPane.rows(entry, layout)
            defer { start += rows + 1 }
            guard start + rows > top else { continue }
            guard start < top + layout.chatRows else { break }
            let isLast = index == state.transcript.entries.indices.last
            for line in max(0, top - start)..<min(rows, top + layout.chatRows - start) {
                let row = box.origin.row + 1 + start + line - top
                drawLine(
                    line, of: entry, state, layout, column: box.origin.column + 2, row: row, isLast: isLast)
            }
        }
    }

    private mutating func drawLine(
        _ line: Int, of entry: Transcript.Entry, _ state: ChatState, _ layout: Layout,
        column: Int, row: Int, isLast: Bool
    ) {
        let isLabelled = entry.kind != .note
        if line == 0, isLabelled {
            let label = entry.kind == .user ? "you" : state.modelLabel
            let style = entry.kind == .user ? palette.user : palette.model
            frame.write(label, at: Point(column: column, row: row), style: style)
        }
        let bodyLine = line - (layout.hasLabelsAbove && isLabelled ? 1 : 0)
        guard bodyLine >= 0 else { return }
        let place = Point(column: column + layout.labelColumns, row: row)
        guard bodyLine < entry.body.lineCount else {
            frame.write("(stopped)", at: place, style: palette.faint)
            return
        }
        let style = entry.kind == .note ? palette.faint : Style.plain
        let used = frame.write(entry.body.line(bodyLine), at: place, style: style)
        if let reply = state.reply, isLast, bodyLine == entry.body.lineCount - 1 {
            drawProgress(
                of: reply, at: Point(column: place.column + used, row: row), columns: layout.chatTextColumns)
        }
    }

    /// Draws the cursor behind a reply that is coming, and before the cursor what is waited for.
    private mutating func drawProgress(of reply: Reply, at place: Point, columns: Int) {
        var column = place.column
        if reply.text.isEmpty {
            let doing =
                switch reply.phase {
                case _ where reply.isStopping: "stopping "
                case .waiting, .writing: ""
                case .reading(let processed, let total): "reading \(processed) of \(total) tokens "
                }
            column += frame.write(doing, at: place, style: palette.faint, columns: columns)
        }
        frame.write(glyphs.replyCursor, at: Point(column: column, row: place.row), style: palette.model)
    }
}
