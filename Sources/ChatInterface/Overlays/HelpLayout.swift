import TerminalKit

/// How the list of keys and commands lies on the screen: in two columns where that is wide but not high, scrolling
/// where it is neither.
struct HelpLayout {
    /// The columns of rows the help is set in.
    let columns: [[HelpText.Row]]
    /// The help's box, in the middle of the screen, as large as the text needs and the screen allows.
    let box: Rect
    /// Cells of text in each column.
    let textColumns: Int

    init(_ size: Size) {
        textColumns = min(HelpText.fullColumns, size.columns - 4)
        let all = HelpText.writing + [.blank] + HelpText.everywhere
        let single = HelpText.rows(all, columns: textColumns)
        if single.count + 2 > size.rows, size.columns >= 2 * HelpText.fullColumns + 6 {
            columns = [HelpText.writing, HelpText.everywhere].map {
                HelpText.rows($0, columns: HelpText.fullColumns)
            }
        } else {
            columns = [single]
        }
        let width = columns.count * (textColumns + 2) + 2
        let height = min(size.rows, (columns.map(\.count).max() ?? 0) + 2)
        box = Rect(
            column: (size.columns - width) / 2, row: (size.rows - height) / 2, columns: width, rows: height)
    }

    /// The most lines the help can be scrolled down.
    var maximumScroll: Int {
        max(0, (columns.map(\.count).max() ?? 0) - (box.size.rows - 2))
    }
}
