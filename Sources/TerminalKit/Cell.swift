/// One cell of the screen: what it shows, and how.
///
/// A cell cannot hold anything that a terminal would obey: its text goes through `TextSanitizer` when it is made.
public struct Cell: Sendable, Hashable {
    /// The whole cell where it shows one scalar or none; where it shows a cluster of several, all but the text.
    private(set) var packed: PackedCell
    /// The text of a cluster of several scalars, else empty.
    let cluster: String

    /// A cell that shows a space in the terminal's own look.
    public static let blank = Cell(packed: .blank, cluster: "")

    /// Creates a cell that shows the first grapheme cluster of a text.
    ///
    /// Text that shows nothing (empty, or a combining mark with nothing to combine with) makes a space.
    public init(text: String, style: Style) {
        let cell = text.first.flatMap { Cell(drawing: $0, style: style) }
        self = cell ?? Cell(packed: .space(style: style), cluster: "")
    }

    /// The cell that shows a grapheme cluster; nil where nothing would show.
    init?(drawing character: Character, style: Style) {
        let scalars = character.unicodeScalars
        if let only = scalars.first, scalars.dropFirst().isEmpty, TextSanitizer.fate(of: only) == .stays {
            // A short way for nearly all clusters.
            let columns = TextMeasure.width(of: only)
            guard columns > 0 else { return nil }
            self.init(packed: PackedCell(scalar: only, columns: columns, style: style), cluster: "")
            return
        }
        let drawable = TextSanitizer.drawable(character)
        let columns = TextMeasure.sanitizedWidth(of: drawable)
        guard columns > 0, let first = drawable.unicodeScalars.first else { return nil }
        let isAlone = drawable.unicodeScalars.dropFirst().isEmpty
        self.init(
            packed: isAlone
                ? PackedCell(scalar: first, columns: columns, style: style)
                : PackedCell(cluster: 0, columns: columns, style: style),
            cluster: isAlone ? "" : drawable)
    }

    init(packed: PackedCell, cluster: String) {
        self.packed = packed
        self.cluster = cluster
    }

    /// The grapheme cluster that the cell shows; empty in the cell to the right of a character two cells wide.
    public var text: String { packed.scalar.map { String(Character($0)) } ?? cluster }

    /// The columns `text` takes: 0 where it is empty, else 1 or more.
    public var columns: Int { packed.columns }

    /// How the cell is drawn.
    public var style: Style {
        get { packed.style }
        set { packed = packed.styled(newValue) }
    }
}
