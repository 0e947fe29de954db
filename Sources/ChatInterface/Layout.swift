import Conversations
import TerminalKit

/// Which part of the screen is where. Keys and views look it up; the state knows nothing of it.
///
/// Wide screens have the chat on the left and the heatmap on the right; narrow ones the heatmap above the chat,
/// the focused one larger; narrow and low ones show the focused one alone.
struct Layout: Sendable, Hashable {
    /// The least screen that anything is drawn on.
    static let minimum = Size(columns: 40, rows: 12)
    /// The fewest columns with which the panes stand side by side: text keeps about 40, the heatmap over 20 tokens.
    private static let sideBySideColumns = 76
    /// The fewest rows with which a narrow screen has both panes.
    private static let stackedRows = 20

    let isTooSmall: Bool
    /// The box with the chat and below it the composer; nil while the heatmap has the screen.
    let chatBox: Rect?
    /// The box with the heatmap and below it the inspector; nil while the chat has the screen.
    let heatmapBox: Rect?
    /// The screen row of the last line: keys or a notice.
    let keyBarRow: Int
    /// Lines the composer shows.
    let composerRows: Int
    /// Where the conversation's lines are in the chat box.
    let chat: ChatLayout
    /// Columns a row of the composer may take; one more is left for the cursor.
    let composerTextColumns: Int

    init(_ state: ChatState) {
        let size = state.size
        isTooSmall = size.columns < Layout.minimum.columns || size.rows < Layout.minimum.rows
        let columns = max(size.columns, Layout.minimum.columns)
        let rows = max(size.rows, Layout.minimum.rows)
        keyBarRow = rows - 1

        let body = Rect(column: 0, row: 1, columns: columns, rows: rows - 2)
        let boxes = Layout.boxes(in: body, focus: state.focus)
        (chatBox, heatmapBox) = boxes

        let box = boxes.chat ?? body
        let inner = box.size.columns - 4
        let hasLabelsAbove = inner < 46
        let labelColumns = hasLabelsAbove ? 0 : TextMeasure.width(of: state.modelLabel) + 2
        composerTextColumns = inner - 3
        let most = max(1, min(6, box.size.rows / 4))
        let wanted = ComposerLayout(state.composer, columns: inner - 3, rowLimit: most).rows.count
        composerRows = min(wanted, most)
        chat = ChatLayout(
            rows: box.size.rows - 3 - composerRows, hasLabelsAbove: hasLabelsAbove,
            labelColumns: labelColumns,
            textColumns: inner - labelColumns - 1,
            glyphs: Glyphs(state.appearance.glyphs))
    }

    private static func boxes(in body: Rect, focus: Focus) -> (chat: Rect?, heatmap: Rect?) {
        let (columns, rows) = (body.size.columns, body.size.rows)
        if columns >= sideBySideColumns {
            // Longer lines of text are harder to read; more tokens are easier to compare.
            let left = min(columns - columns * 45 / 100, 100)
            return (
                Rect(column: 0, row: body.origin.row, columns: left, rows: rows),
                Rect(column: left, row: body.origin.row, columns: columns - left, rows: rows)
            )
        }
        guard rows + 2 >= stackedRows else {
            return focus == .composer ? (body, nil) : (nil, body)
        }
        let upper = rows * (focus == .composer ? 45 : 60) / 100
        return (
            Rect(column: 0, row: body.origin.row + upper, columns: columns, rows: rows - upper),
            Rect(column: 0, row: body.origin.row, columns: columns, rows: upper)
        )
    }
}

/// How the lines of the conversation lie in their box.
struct ChatLayout: Sendable, Hashable {
    /// Lines that the box shows.
    let rows: Int
    /// Whether labels stand above the messages rather than to the left.
    let hasLabelsAbove: Bool
    /// Columns to the left of a message's text.
    let labelColumns: Int
    /// Columns a message's text may take; one more is left for the cursor of a reply that is coming.
    let textColumns: Int
    /// What lists, quotes and tables are drawn with.
    let glyphs: Glyphs

    /// Lines that PgUp and PgDn scroll: a screenful but for one line, by which the eye finds its way.
    var page: Int { max(1, rows - 1) }

    /// The lines that an item's text makes.
    func lines(of item: ChatItem, in chat: ChatPane) -> ItemText {
        ItemText(chat.text(of: item), chat.form(of: item), columns: textColumns, glyphs: glyphs)
    }

    /// Lines that an item takes, its label included where that stands above.
    func rows(_ item: ChatItem, _ text: ItemText, in chat: ChatPane) -> Int {
        guard case .message(let id) = item else { return text.lineCount }
        // What the line below a message tells.
        let hasFoot = chat.conversation[id]?.isInterrupted == true || chat.version(of: id) != nil
        return text.lineCount + (hasLabelsAbove ? 1 : 0) + (hasFoot ? 1 : 0)
    }
}
