import Conversations
import Foundation
import TerminalKit

extension Canvas {
    /// Draws a list to choose from in the middle of the screen.
    mutating func drawPicker(_ picker: Picker, now: Date, on size: Size) {
        let layout = PickerLayout(picker, on: size)
        let box = layout.box
        let column = box.origin.column + 2
        frame.fill(box, style: .plain)
        let title =
            switch picker.subject {
            case .conversations: "conversations"
            case .history: "sent before"
            case .settings: "settings of this chat"
            }
        frame.box(box, title: title, style: palette.accent, glyphs: glyphs.glyphSet)

        let prompt = picker.renamed == nil ? "> " : "new title: "
        frame.write(prompt, at: Point(column: column, row: layout.queryRow), style: palette.accent)
        let typed = column + prompt.count
        let room = max(2, layout.columns - prompt.count - 1)
        // Of a long text the part around the cursor.
        let text = ComposerLayout(picker.query, columns: room)
        let row = min(text.cursor.row, text.rows.count - 1)
        frame.write(
            text.text(of: row), at: Point(column: typed, row: layout.queryRow), style: .plain, columns: room)
        frame.cursor = Point(column: typed + text.cursor.column, row: layout.queryRow)
        divide(box, row: layout.queryRow + 1, title: "", style: palette.accent)
        if picker.subject == .conversations, layout.columns >= Canvas.columnsWithFigures {
            let heads = " last said  messages "
            frame.write(
                heads,
                at: Point(column: column + layout.columns - heads.count + 1, row: layout.queryRow + 1),
                style: palette.faint)
        }

        for (offset, entry) in picker.entries.dropFirst(layout.first).prefix(layout.listRows).enumerated() {
            let place = Point(column: column, row: layout.listRow + offset)
            let isSelected = layout.first + offset == picker.selected
            draw(entry, isSelected: isSelected, now: now, at: place, columns: layout.columns)
        }
        if picker.entries.isEmpty, picker.isCurrent {
            let nothing = picker.query.isEmpty ? "Nothing is kept yet." : "Nothing has these words."
            frame.write(nothing, at: Point(column: column, row: layout.listRow), style: palette.faint)
        }
        drawKeys(of: picker, layout, at: Point(column: column, row: layout.keyRow))
    }

    /// Columns from which a conversation's age and length stand beside its title.
    private static let columnsWithFigures = 50

    private mutating func draw(
        _ entry: Picker.Entry, isSelected: Bool, now: Date, at place: Point, columns: Int
    ) {
        if isSelected { frame.write(glyphs.pointer, at: place, style: palette.accent) }
        var end = columns
        if let conversation = entry.conversation, columns >= Canvas.columnsWithFigures {
            let count = "\(conversation.messageCount)".paddedLeft(to: 10)
            let note = Numbers.age(from: conversation.updatedAt, to: now).paddedLeft(to: 11) + count
            end -= note.count
            frame.write(
                note, at: Point(column: place.column + end, row: place.row), style: palette.faint)
        }
        let pin = entry.conversation?.isPinned == true ? glyphs.pinned + " " : ""
        let text = TextSanitizer.sanitized(entry.text, keepingNewlines: false)
        let title = TextMeasure.truncated(
            pin + (text.isEmpty ? "(untitled)" : text), to: end - 3, ellipsis: glyphs.ellipsis)
        var used = frame.write(
            title, at: Point(column: place.column + 2, row: place.row),
            style: isSelected ? palette.strong : .plain, columns: end - 3)
        guard let excerpt = entry.conversation?.excerpt, excerpt != entry.text, end - used > 16 else {
            return
        }
        used += 4
        writeCut(
            TextSanitizer.sanitized(excerpt, keepingNewlines: false), column: place.column + used,
            row: place.row,
            style: palette.faint, columns: end - used - 1)
    }

    private mutating func drawKeys(of picker: Picker, _ layout: PickerLayout, at place: Point) {
        var hints: [(key: String, word: String)] = []
        let scope: Scope = picker.subject == .conversations ? .conversations : .list
        let actions: [Action] =
            picker.renamed != nil
            ? [.choose, .close]
            : scope == .list ? [.choose, .close] : [.choose, .pin, .rename, .delete, .undelete, .close]
        for action in actions where action != .undelete || !picker.deleted.isEmpty {
            guard let entry = KeyTable.entry(of: action, in: scope) ?? KeyTable.entry(of: action, in: .list)
            else { continue }
            let word =
                switch action {
                case .choose where picker.renamed != nil: "rename"
                case .choose where picker.subject != .conversations: "take"
                default: entry.word
                }
            let key = entry.keys.first { $0.action == action }?.chord.label ?? ""
            hints.append((key, word))
        }
        // The first and the last say how to leave the list; between them there is as much as has room.
        while hints.count > 2,
            hints.reduce(-2, { $0 + TextMeasure.width(of: "\($1.key) \($1.word)  ") }) > layout.columns
        {
            hints.remove(at: hints.count - 2)
        }
        let pieces = hints.flatMap { [($0.key, palette.accent), (" \($0.word)  ", palette.faint)] }
        write(pieces, column: place.column, row: place.row, columns: layout.columns)
    }
}
