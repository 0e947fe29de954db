import TerminalKit

/// What the help says.
enum HelpText {
    enum Line {
        case heading(String)
        case entry(key: String, meaning: String)
        case blank
    }

    static let writing: [Line] = [
        .heading("In the composer"),
        .entry(key: "Enter", meaning: "send"),
        .entry(key: "Alt-Enter ^J", meaning: "new line"),
        .entry(key: "Up Down", meaning: "rows, then what was sent before"),
        .entry(key: "^A ^E ^W ^U ^K", meaning: "as in the shell"),
        .entry(key: "Tab", meaning: "to the heatmap"),
        .blank,
        .heading("In the heatmap"),
        .entry(key: "[ ]", meaning: "capacity down, up by 1/16"),
        .entry(key: "=", meaning: "dense model and back"),
        .entry(key: "Left Right", meaning: "choose a token (Ctrl: by ten)"),
        .entry(key: "Home End", meaning: "oldest token, newest token"),
        .entry(key: "Up Down", meaning: "choose a block"),
        .entry(key: "Esc Tab", meaning: "back to the composer"),
    ]

    static let everywhere: [Line] = [
        .heading("Anywhere"),
        .entry(key: "^Up ^Down", meaning: "capacity up, down by 1/16"),
        .entry(key: "PgUp PgDn", meaning: "scroll the chat"),
        .entry(key: "^C", meaning: "stop the reply; again: leave"),
        .entry(key: "^L", meaning: "draw the screen anew"),
        .entry(key: "F1 ?", meaning: "this list"),
        .blank,
        .heading("Commands"),
        .entry(key: "/capacity 0.5", meaning: "turn the capacity, 0 to 1"),
        .entry(key: "/policy NAME", meaning: "route by held, table or budget N"),
        .entry(key: "/system TEXT", meaning: "new conversation, new system prompt"),
        .entry(key: "/clear", meaning: "new conversation"),
        .entry(key: "/regenerate", meaning: "make the last reply anew"),
        .entry(key: "/save [PATH]", meaning: "write the conversation to a file"),
        .entry(key: "/help /quit", meaning: "this list, leave"),
        .entry(key: "//", meaning: "sends a message that begins with /"),
    ]

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
