import TerminalKit

/// What the help says.
enum HelpText {
    enum Line {
        case heading(String)
        case entry(key: String, meaning: String)
        case blank
    }

    /// The keys of the parts of the screen.
    static let writing: [Line] =
        [.heading("In the composer")] + keys(of: .composer) + [.blank, .heading("In the heatmap")]
        + keys(of: .heatmap)

    /// The keys that mean the same everywhere, and the commands.
    static let everywhere: [Line] =
        [.heading("Anywhere")] + keys(of: .anywhere) + [.blank, .heading("Commands")]
        + CommandTable.entries.map { entry in
            .entry(key: "/\(entry.name) \(entry.argument)".trimmed, meaning: entry.meaning)
        } + [.entry(key: "//", meaning: "sends a message that begins with /")]

    private static func keys(of scope: Scope) -> [Line] {
        KeyTable.entries.filter { $0.scope == scope }.map { entry in
            .entry(key: keys(of: entry), meaning: entry.meaning)
        }
    }

    /// The keys of an entry, as many as there is room for: the first are the ones to know.
    private static func keys(of entry: KeyTable.Entry) -> String {
        var text = ""
        for label in entry.keys.map(\.chord.label) {
            let longer = text.isEmpty ? label : "\(text) \(label)"
            guard longer.count <= keyColumns else { break }
            text = longer
        }
        return text
    }

    /// A row of the help, ready to be drawn.
    struct Row {
        var text: String
        var isHeading = false
    }

    /// Columns in which no line of the help needs a second row.
    static let fullColumns = 53
    private static let keyColumns = 16

    /// The rows that lines make in so many columns; a meaning that is too long goes on in the next row.
    static func rows(_ lines: [Line], columns: Int) -> [Row] {
        lines.flatMap { line -> [Row] in
            switch line {
            case .heading(let text): return [Row(text: text, isHeading: true)]
            case .blank: return [Row(text: "")]
            case .entry(let key, let meaning):
                let parts = TextWrap.lines(of: meaning, columns: columns - keyColumns - 2)
                return parts.enumerated().map { index, part in
                    let left = index == 0 ? key : ""
                    let space = String(repeating: " ", count: max(1, keyColumns - left.count))
                    return Row(text: "  \(left)\(space)\(part)")
                }
            }
        }
    }
}
