import TerminalKit

/// A piece of text in one look.
struct InkedText: Sendable, Hashable {
    var text: String
    var ink: Ink

    init(_ text: String, _ ink: Ink = []) {
        self.text = text
        self.ink = ink
    }
}

/// A screen line of something said: pieces in one look each, and what it takes to make text of lines again.
struct TextLine: Sendable, Hashable {
    var pieces: [InkedText] = []
    /// Characters at the beginning that are no text: the indentation of a wrapped line, the bar beside a quote.
    var indent = 0
    /// What stood between this line's text and that of the next: a line end, or what the line was broken at.
    var joint = "\n"

    /// What the line shows.
    var text: String { pieces.map(\.text).joined() }
    var isBlank: Bool { pieces.allSatisfy { $0.text.allSatisfy(\.isWhitespace) } }

    /// The line behind some characters, which are a part of its text or are not.
    func behind(_ prefix: InkedText, isText: Bool) -> TextLine {
        var line = self
        line.pieces.insert(prefix, at: 0)
        if !isText { line.indent += prefix.text.count }
        return line
    }

    /// The lines that text makes in so many columns, which breaks where `TextWrap` breaks it.
    static func wrapping(_ text: [InkedText], columns: Int) -> [TextLine] {
        var lines: [TextLine] = []
        for paragraph in paragraphs(of: text) {
            let characters = paragraph.flatMap { piece in piece.text.map { ($0, piece.ink) } }
            let wrapped = TextWrap.lines(of: String(characters.map(\.0)), columns: columns)
            var place = 0
            for (index, shown) in wrapped.enumerated() {
                let first = place
                if index > 0 {
                    let gap = characters[place...].prefix { $0.0 == " " && shown.first != " " }
                    lines[lines.count - 1].joint = String(gap.map(\.0))
                    place += gap.count
                }
                let count = shown.count
                let end = min(place + count, characters.count)
                lines.append(TextLine(characters[place..<max(place, end)]))
                place = max(first, end)
            }
        }
        return lines
    }

    /// The lines of one paragraph that begins with `lead`, under which the further lines begin with as many spaces. A
    /// lead that would leave less than half of the columns is like other text.
    static func hanging(_ lead: String, of text: [InkedText], columns: Int) -> [TextLine] {
        guard !lead.isEmpty, lead.count <= columns / 2 else { return wrapping(text, columns: columns) }
        var body = text
        var left = lead.count
        while left > 0, let first = body.first {
            body[0].text = String(first.text.dropFirst(left))
            left -= min(left, first.text.count)
            if body[0].text.isEmpty { body.removeFirst() }
        }
        let space = InkedText(String(repeating: " ", count: lead.count))
        return wrapping(body, columns: columns - lead.count).enumerated().map { place, line in
            place == 0 ? line.behind(InkedText(lead), isText: true) : line.behind(space, isText: false)
        }
    }

    /// A line of characters with their inks.
    private init(_ characters: ArraySlice<(Character, Ink)>) {
        for (character, ink) in characters {
            if pieces.last?.ink == ink {
                pieces[pieces.count - 1].text.append(character)
            } else {
                pieces.append(InkedText(String(character), ink))
            }
        }
    }

    init(_ pieces: [InkedText] = []) {
        self.pieces = pieces
    }

    /// The text cut at its newlines, tabs as spaces, nothing left in it that a terminal would obey.
    private static func paragraphs(of text: [InkedText]) -> [[InkedText]] {
        var paragraphs: [[InkedText]] = [[]]
        for piece in text {
            let clean = TextSanitizer.sanitized(piece.text).replacing("\t", with: "    ")
            for (index, part) in clean.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                if index > 0 { paragraphs.append([]) }
                if !part.isEmpty {
                    paragraphs[paragraphs.count - 1].append(InkedText(String(part), piece.ink))
                }
            }
        }
        return paragraphs
    }
}
