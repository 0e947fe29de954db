import Conversations
import InferenceEngine
import TerminalKit

/// Which tokens the characters on the screen lines of a reply come from, and how high their values are.
struct TokenText: Sendable {
    /// [lines][characters]: the token, counted from the reply's first; nil where it is not known.
    private let tokens: [[Int?]]
    /// [tokens]: how high the token's value is, 0…1; nil where it is not tinted.
    let levels: [Double?]
    /// The token that is chosen in the heatmap, counted from the reply's first.
    let chosen: Int?

    /// Finds the tokens of an item's lines; nil where nothing would come of it: it is no reply, or none of its tokens
    /// is tinted or chosen.
    init?(_ item: ChatItem, _ lines: ItemText, _ state: ChatState) {
        guard case .message(let id) = item else { return nil }
        let heatmap = state.heatmap
        let reply = heatmap.tokens(of: id)
        let selected = state.focus == .heatmap ? state.inspector.ordinal(in: heatmap.ordinals) : nil
        chosen = selected.flatMap { reply.contains($0) ? $0 - reply.lowerBound : nil }
        guard !reply.isEmpty, state.tint != .off || chosen != nil else { return nil }
        levels = heatmap.levels(of: reply, by: state.tint)
        let text = state.chat.text(of: item)
        let places = TokenPlaces(of: heatmap.texts(of: reply), in: text)
        tokens = TokenText.tokens(of: lines, from: Array(text), places.tokens(ofCharactersIn: text))
    }

    /// The token of each character of a line.
    func tokens(ofLine line: Int) -> [Int?] { tokens.indices.contains(line) ? tokens[line] : [] }

    /// Setting takes characters out of a text, those that mean something in Markdown, and puts others in, such as
    /// bullets. So each character of a line is looked for a little further on in the text than the one before.
    private static func tokens(of lines: ItemText, from text: [Character], _ owners: [Int?]) -> [[Int?]] {
        var place = 0
        return (0..<lines.lineCount).map { index in
            let line = lines.line(index)
            return line.text.enumerated().map { column, character in
                guard column >= line.indent, !character.isWhitespace else { return nil }
                let near = text[place..<min(text.count, place + reach)]
                guard let found = near.firstIndex(of: character) else {
                    // What setting left out may be longer, such as the rule below a table's head.
                    guard let far = far(column, of: line.text, from: place, in: text) else { return nil }
                    place = far + 1
                    return owners[far]
                }
                place = found + 1
                return owners[found]
            }
        }
    }

    /// Where a line's text goes on that begins at a column, if a few of its characters stand together a good way on.
    private static func far(
        _ column: Int, of line: String, from place: Int, in text: [Character]
    ) -> Int? {
        let sought = Array(line.dropFirst(column).prefix { !$0.isWhitespace }.prefix(sureLength))
        let end = min(text.count, place + farReach)
        guard sought.count == sureLength, place + sought.count <= end else { return nil }
        return (place...(end - sought.count)).first { text[$0...].starts(with: sought) }
    }

    /// Characters of a text that setting may leave out at one place.
    private static let reach = 24
    /// Characters that setting may leave out where those that follow are sure to be meant.
    private static let farReach = 512
    /// Characters together that are sure to be meant.
    private static let sureLength = 3
}

extension Canvas {
    /// Gives the characters of a line that was drawn the colours of their tokens, and marks those of the chosen one.
    mutating func tint(
        _ text: TokenText, line: Int, of lines: ItemText, at column: Int, row: Int, columns: Int
    ) {
        let tokens = text.tokens(ofLine: line)
        var place = 0
        for (character, token) in zip(lines.line(line).text, tokens) {
            defer { place += TextMeasure.width(of: character) }
            guard let token, place < columns else { continue }
            var cell = frame[column + place, row]
            guard cell.columns > 0 else { continue }
            if text.levels.indices.contains(token), let level = text.levels[token] {
                let tint = palette.tint(level)
                cell.style.foreground = tint.foreground
                cell.style.attributes.formUnion(tint.attributes)
            }
            if token == text.chosen { cell.style.attributes.insert(.reverse) }
            frame[column + place, row] = cell
        }
    }
}
