import Conversations
import MoDModel
import TerminalKit

extension Canvas {
    /// Draws the conversation in its box, its newest line at the bottom unless it is scrolled up.
    ///
    /// - Returns: whether the newest line is in sight.
    mutating func drawChat(_ state: ChatState, _ layout: ChatLayout, box: Rect, _ cache: WrapCache) -> Bool {
        frame.box(
            box, title: chatTitle(state), style: palette.border(focused: state.focus == .composer),
            glyphs: glyphs.glyphSet)
        let chat = state.chat
        let items = chat.items
        guard !items.isEmpty else {
            drawWelcome(state, layout, box: box)
            return true
        }
        let wrapped = { (index: Int) in cache.lines(of: items[index], in: chat, layout) }
        let window = ChatWindow(count: items.count, rows: layout.rows, top: chat.place(in: items)) { index in
            layout.rows(items[index], wrapped(index), in: chat)
        }
        for part in window.parts {
            let lines = wrapped(part.item)
            let tokens = TokenText(items[part.item], lines, state)
            for line in part.lines {
                let bodyLine = line - (layout.hasLabelsAbove && items[part.item].isMessage ? 1 : 0)
                let place = Point(
                    column: box.origin.column + 2,
                    row: box.origin.row + 1 + part.row + line - part.lines.lowerBound)
                drawLine(line, of: items[part.item], lines, state, layout, at: place)
                if let tokens {
                    tint(
                        tokens, line: bodyLine, of: lines, at: place.column + layout.labelColumns,
                        row: place.row,
                        columns: layout.textColumns)
                }
                if let cells = chat.selection?.cells(ofLine: bodyLine, item: part.item, in: items) {
                    mark(
                        cells, of: lines, line: bodyLine, at: place.column + layout.labelColumns,
                        row: place.row)
                }
            }
        }
        cache.frameDrawn()
        return window.isNewest
    }

    private func chatTitle(_ state: ChatState) -> String {
        state.tint == .off ? "chat" : "chat \(glyphs.separator) tint \(state.tint.rawValue)"
    }

    /// Draws a line of an item, the first of which may be its label.
    private mutating func drawLine(
        _ line: Int, of item: ChatItem, _ text: ItemText, _ state: ChatState, _ layout: ChatLayout,
        at place: Point
    ) {
        var message: Message?
        if case .message(let id) = item { message = state.chat.conversation[id] }
        if line == 0, let message {
            let isUser = message.role == .user
            frame.write(
                isUser ? "you" : state.modelLabel, at: place, style: isUser ? palette.user : palette.model)
        }
        let bodyLine = line - (message != nil && layout.hasLabelsAbove ? 1 : 0)
        guard bodyLine >= 0 else { return }
        let body = Point(column: place.column + layout.labelColumns, row: place.row)
        guard bodyLine < text.lineCount else {
            if let message { frame.write(foot(of: message, in: state.chat), at: body, style: palette.faint) }
            return
        }
        var used = 0
        for piece in text.line(bodyLine).pieces {
            used += frame.write(
                piece.text, at: Point(column: body.column + used, row: body.row),
                style: message == nil ? palette.faint : palette.style(piece.ink),
                columns: max(0, layout.textColumns - used))
        }
        if let reply = state.chat.reply, reply.message == message?.id, bodyLine == text.lineCount - 1 {
            drawProgress(
                of: reply, hasText: message?.text.isEmpty == false,
                at: Point(column: body.column + used, row: body.row), columns: layout.textColumns)
        }
    }

    /// Marks some cells of a line of text that was drawn.
    private mutating func mark(_ cells: Range<Int>, of text: ItemText, line: Int, at column: Int, row: Int) {
        guard (0..<text.lineCount).contains(line) else { return }
        for place in cells.clamped(to: 0..<text.line(line).width) {
            var cell = frame[column + place, row]
            guard cell.columns > 0 else { continue }
            cell.style.attributes.insert(.reverse)
            frame[column + place, row] = cell
        }
    }

    /// What the line below a message tells: that it was stopped, and which version it is.
    private func foot(of message: Message, in chat: ChatPane) -> String {
        let version = chat.version(of: message.id).map { number, count in
            "\(glyphs.versionEnds.0) \(number)/\(count) \(glyphs.versionEnds.1)"
        }
        return [message.isInterrupted ? "(stopped; /continue)" : nil, version].compactMap { $0 }.joined(
            separator: "  ")
    }

    /// Draws the cursor behind a reply that is coming, and before the cursor what is waited for.
    private mutating func drawProgress(of reply: Reply, hasText: Bool, at place: Point, columns: Int) {
        var column = place.column
        if !hasText {
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

extension ChatState {
    /// The model's name, short enough for a label.
    var modelLabel: String {
        let name = TextSanitizer.sanitized(model.name, keepingNewlines: false)
        let first = name.prefix { $0 != "-" && $0 != " " && $0 != "_" }
        return first.isEmpty ? "model" : TextMeasure.truncated(String(first), to: 8, ellipsis: "")
    }
}
