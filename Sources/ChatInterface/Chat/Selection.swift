import TerminalKit

/// A part of the chat pane's text that was marked with the mouse.
struct Selection: Sendable, Hashable {
    /// A place in the pane: a line of an item's text and a cell of it, both from 0.
    struct Mark: Sendable, Hashable {
        var item: ChatItem
        var line: Int
        var column: Int
    }

    /// Where the button went down.
    let anchor: Mark
    /// Where it was seen last; the cell there is marked, too, unless it is the anchor's.
    var end: Mark

    /// Whether anything is marked.
    var isEmpty: Bool { anchor == end }

    /// The two marks in the order of the items; nil where one of them is gone.
    func ordered(in items: [ChatItem]) -> (first: Mark, last: Mark, items: ClosedRange<Int>)? {
        guard let from = items.firstIndex(of: anchor.item), let to = items.firstIndex(of: end.item) else {
            return nil
        }
        let isForward = (from, anchor.line, anchor.column) <= (to, end.line, end.column)
        return isForward ? (anchor, end, from...to) : (end, anchor, to...from)
    }

    /// The cells of a line of an item that are marked; nil where none is.
    func cells(ofLine line: Int, item place: Int, in items: [ChatItem]) -> Range<Int>? {
        guard !isEmpty, let (first, last, range) = ordered(in: items), range.contains(place) else {
            return nil
        }
        if place == range.lowerBound, line < first.line { return nil }
        if place == range.upperBound, line > last.line { return nil }
        let start = place == range.lowerBound && line == first.line ? first.column : 0
        let end = place == range.upperBound && line == last.line ? last.column + 1 : Int.max
        return start < end ? start..<end : nil
    }

    /// What is marked, as it was written: lines that were broken to fit the screen are whole again.
    func text(of items: [ChatItem], _ lines: (ChatItem) -> ItemText) -> String {
        guard !isEmpty, let (_, _, range) = ordered(in: items) else { return "" }
        return range.map { place in
            let text = lines(items[place])
            var result = ""
            var joint = ""
            for line in 0..<text.lineCount {
                guard let cells = cells(ofLine: line, item: place, in: items) else { continue }
                result += joint + text.line(line).text(in: cells)
                joint = text.line(line).joint
            }
            return result
        }.joined(separator: "\n\n")
    }
}

extension TextLine {
    /// The text in some of the line's cells, without what is no text at its beginning.
    func text(in cells: Range<Int>) -> String {
        var result = ""
        var column = 0
        for (index, character) in text.enumerated() {
            let width = TextMeasure.width(of: character)
            defer { column += width }
            if index >= indent, cells.contains(column) { result.append(character) }
        }
        return result
    }
}
