import TerminalKit

/// What the heatmap shows on a screen of some size: which blocks a row stands for, which tokens are in the window.
struct HeatmapPlan: Sendable {
    let box: Rect
    /// Blocks that a row stands for: one, unless the blocks would not fit even with nothing else shown.
    let blocksPerRow: Int
    /// Rows of blocks.
    let mapRows: Int
    /// Rows of blocks above the first one shown, while the inspector takes the room of some.
    let firstRow: Int
    /// Lines the inspector has below a dividing line; with none, the box's lower edge tells the most important things.
    let inspectorRows: Int
    /// Columns of a block's number, on the left.
    let numberColumns: Int
    /// Columns of tokens.
    let tokenColumns: Int
    /// The tokens in the window, by ordinal.
    let ordinals: Range<Int>
    private let blockCount: Int

    /// Columns of a row's realised capacity, on the right: room for ` 100 %`.
    static let realisedColumns = 6

    init(_ state: ChatState, box: Rect) {
        self.box = box
        blockCount = state.heatmap.log.blocks.count
        // Besides the blocks there are the box's sides, the turns and the depths.
        let room = max(1, box.size.rows - 4)
        blocksPerRow = max(1, (blockCount + room - 1) / room)
        let rows = (blockCount + blocksPerRow - 1) / blocksPerRow
        inspectorRows = HeatmapPlan.inspectorRows(
            room: room, rows: rows, isPaired: blocksPerRow > 1, isFocused: state.focus == .heatmap)
        mapRows = min(rows, room - (inspectorRows > 0 ? inspectorRows + 1 : 0))
        let chosen = (blockCount - 1 - state.inspector.block) / blocksPerRow
        firstRow = min(max(0, chosen - mapRows / 2), rows - mapRows)
        numberColumns = String(max(0, blockCount - 1)).count
        // Besides numbers and realised capacities: the box's sides, the pointer, a space after the number and one
        // before the edge.
        tokenColumns = max(1, box.size.columns - 5 - numberColumns - HeatmapPlan.realisedColumns)
        ordinals = HeatmapPlan.window(state, columns: tokenColumns)
    }

    /// Lines for the inspector. While the composer has the focus, the inspector gets what the blocks leave; while the
    /// heatmap has it, the inspector gets what it needs, and the blocks scroll. Where a row stands for several blocks
    /// (`isPaired`), so few rows go out of sight that the picture is the same with either focus.
    private static func inspectorRows(room: Int, rows: Int, isPaired: Bool, isFocused: Bool) -> Int {
        let free = min(room - rows - 1, InspectorText.rows)
        guard isFocused, room >= 8 else { return free >= 2 ? free : 0 }
        let needed = isPaired ? InspectorText.leastRows : InspectorText.rows
        return max(free, min(needed, room - 1 - (rows + 1) / 2))
    }

    /// The ordinals of the tokens shown: the newest, unless the chosen one is further back: then it stands in the
    /// middle, or left of it where there are no older ones to fill the window.
    private static func window(_ state: ChatState, columns: Int) -> Range<Int> {
        let kept = state.heatmap.log.ordinals
        guard let selected = state.inspector.ordinal(in: kept) else { return 0..<0 }
        var end = kept.upperBound
        if selected < end - columns {
            end = min(end, max(selected + columns / 2 + 1, kept.lowerBound + columns))
        }
        return max(kept.lowerBound, end - columns)..<end
    }

    /// The blocks that a row stands for, rows being counted from the top, where the highest block shown is.
    func blocks(ofRow row: Int) -> Range<Int> {
        let top = blockCount - (firstRow + row) * blocksPerRow
        return max(0, top - blocksPerRow)..<max(0, top)
    }

    /// The token and the block that a cell of the screen shows; nil outside the map.
    func cell(at place: Point) -> (ordinal: Int, block: Int)? {
        let ordinal = place.column - column(of: ordinals.lowerBound) + ordinals.lowerBound
        let row = place.row - mapRow
        guard ordinals.contains(ordinal), (0..<mapRows + 2).contains(row) else { return nil }
        return (ordinal, max(0, blocks(ofRow: min(row, mapRows - 1)).upperBound - 1))
    }

    /// The blocks in sight; nil when all are.
    var partOfBlocks: ClosedRange<Int>? {
        let top = blocks(ofRow: 0).upperBound - 1
        let bottom = blocks(ofRow: mapRows - 1).lowerBound
        return top - bottom + 1 < blockCount && bottom <= top ? bottom...top : nil
    }

    /// The screen column where the blocks' numbers begin.
    var numberColumn: Int { box.origin.column + 2 }
    /// The screen column of a token; the newest stands at the right.
    func column(of ordinal: Int) -> Int {
        numberColumn + numberColumns + 1 + (tokenColumns - ordinals.count) + ordinal - ordinals.lowerBound
    }
    /// The screen column where the rows' realised capacities begin.
    var realisedColumn: Int { numberColumn + numberColumns + 1 + tokenColumns }
    /// The screen row of the topmost blocks.
    var mapRow: Int { box.origin.row + 1 }
    /// The screen row of the line that tells turns apart.
    var turnRow: Int { mapRow + mapRows }
    /// The screen row of the line of depths.
    var depthRow: Int { turnRow + 1 }
    /// The screen row of the line between heatmap and inspector.
    var inspectorRow: Int { depthRow + 1 }
    /// The screen row of the box's lower edge.
    var edgeRow: Int { box.origin.row + box.size.rows - 1 }
}
