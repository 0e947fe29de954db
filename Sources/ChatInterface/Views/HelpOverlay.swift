import TerminalKit

/// The list of keys and commands, over everything else.
enum HelpOverlay {
    static let lines = [
        "In the composer",
        "  Enter            send",
        "  Alt-Enter ^J     new line",
        "  Up Down          rows, then what was sent before",
        "  ^A ^E ^W ^U ^K   as in the shell",
        "  Tab              to the heatmap",
        "",
        "In the heatmap",
        "  [ ]              capacity down, up by 1/16",
        "  =                dense model and back",
        "  Left Right       choose a token (Ctrl: by ten)",
        "  Home End         oldest token, newest token",
        "  Up Down          choose a block",
        "  Esc Tab          back to the composer",
        "",
        "Anywhere",
        "  ^Up ^Down        capacity up, down by 1/16",
        "  PgUp PgDn        scroll the chat",
        "  ^C               stop the reply; again: leave",
        "  ^L               draw the screen anew",
        "  F1 ?             this list",
        "",
        "Commands",
        "  /capacity 0.5    turn the capacity, 0 to 1",
        "  /system TEXT     new conversation, new system prompt",
        "  /clear           new conversation",
        "  /regenerate      make the last reply anew",
        "  /save [PATH]     write the conversation to a file",
        "  /help  /quit     this list, leave",
        "  //               sends a message that begins with /",
    ]

    /// Columns of text; two of them stand side by side where the screen is wide but not high.
    static let textColumns = 54
    private static let split = lines.firstIndex(of: "Anywhere") ?? lines.count

    /// The columns of lines the help is set in.
    static func columns(_ size: Size) -> [[String]] {
        if lines.count + 2 > size.rows, size.columns >= 2 * textColumns + 6 {
            return [Array(lines[..<split]), Array(lines[split...])]
        }
        return [lines]
    }

    /// Where the box goes: in the middle, as large as it needs to be and the screen lets it.
    static func box(_ size: Size) -> Rect {
        let columns = columns(size)
        let width = min(size.columns, columns.count * (textColumns + 2) + 2)
        let height = min(size.rows, (columns.map(\.count).max() ?? 0) + 2)
        return Rect(
            column: (size.columns - width) / 2, row: (size.rows - height) / 2, columns: width, rows: height)
    }

    /// How far the help can be scrolled.
    static func maximumScroll(_ state: ChatState) -> Int {
        let longest = columns(state.size).map(\.count).max() ?? 0
        return max(0, longest - (box(state.size).size.rows - 2))
    }
}

extension Canvas {
    mutating func drawHelp(_ state: ChatState, scroll: Int) {
        let box = HelpOverlay.box(state.size)
        let most = HelpOverlay.maximumScroll(state)
        let first = min(max(0, scroll), most)
        frame.fill(box, style: .plain)
        frame.box(
            box, title: most > 0 ? "keys - Down for more, Esc closes" : "keys - Esc closes", style: palette.accent,
            glyphs: glyphs.glyphSet)
        for (index, lines) in HelpOverlay.columns(state.size).enumerated() {
            let column = box.origin.column + 2 + index * (HelpOverlay.textColumns + 2)
            for (offset, line) in lines.dropFirst(first).prefix(box.size.rows - 2).enumerated() {
                let style = line.hasPrefix(" ") ? Style.plain : palette.strong
                frame.write(
                    line, at: Point(column: column, row: box.origin.row + 1 + offset), style: style,
                    columns: min(HelpOverlay.textColumns, box.size.columns - 4))
            }
        }
    }
}
