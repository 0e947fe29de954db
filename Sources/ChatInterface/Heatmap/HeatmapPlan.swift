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
    /// Whether there is a line of the weights read.
    let hasReads: Bool
    /// Columns of a block's number, on the left.
    let numberColumns: Int
    /// Columns of tokens.
    let tokenColumns: Int
    /// Columns of the bars of asked and realised work, on the right; 0 where there is no room for them.
    let barColumns: Int
    /// How many tokens a column stands for, or how many columns a token takes.
    let zoom: MapZoom
    /// The slots in the window.
    let slots: Range<Int>
    /// The tokens in the window, by ordinal.
    let ordinals: Range<Int>
    private let blockCount: Int

    /// Columns of a row's realised capacity, on the right: room for ` 100 %`.
    static let realisedColumns = 6
    /// The fewest columns of tokens beside which there is room for bars.
    private static let fewestBesideBars = 40

    init(_ state: ChatState, box: Rect) {
        self.box = box
        blockCount = state.heatmap.log.blocks.count
        // Besides the blocks there are the box's sides, the turns and the depths.
        let room = max(1, box.size.rows - 4)
        blocksPerRow = max(1, (blockCount + room - 1) / room)
        let rows = (blockCount + blocksPerRow - 1) / blocksPerRow
        let isFocused = state.focus == .heatmap
        // Two lines that the blocks leave are one too few for the inspector, three are just enough for it.
        hasReads = isFocused ? room >= 20 : room > rows && room - rows != 3
        let rest = room - (hasReads ? 1 : 0)
        inspectorRows = HeatmapPlan.inspectorRows(
            room: rest, rows: rows, isPaired: blocksPerRow > 1, isFocused: isFocused)
        mapRows = min(rows, rest - (inspectorRows > 0 ? inspectorRows + 1 : 0))
        let chosen = (blockCount - 1 - state.inspector.block) / blocksPerRow
        firstRow = min(max(0, chosen - mapRows / 2), rows - mapRows)
        numberColumns = String(max(0, blockCount - 1)).count
        // Besides numbers and realised capacities: the box's sides, the pointer, a space after the number and one
        // before the edge.
        let columns = max(1, box.size.columns - 5 - numberColumns - HeatmapPlan.realisedColumns)
        barColumns = columns < HeatmapPlan.fewestBesideBars ? 0 : columns < 80 ? 8 : 16
        tokenColumns = columns - (barColumns > 0 ? barColumns + 1 : 0)
        zoom = state.heatmap.zoom
        slots = HeatmapPlan.window(state, zoom, columns: tokenColumns)
        let kept = state.heatmap.ordinals
        ordinals =
            max(
                kept.lowerBound, zoom.ordinals(of: slots.lowerBound).lowerBound)..<min(
                kept.upperBound, max(kept.lowerBound, zoom.ordinals(of: slots.upperBound).lowerBound))
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

    /// The slots shown: the newest, unless that of the chosen token is further back: then it stands in the middle, or
    /// left of it where there are no older ones to fill the window.
    private static func window(_ state: ChatState, _ zoom: MapZoom, columns: Int) -> Range<Int> {
        let kept = zoom.slots(of: state.heatmap.ordinals)
        let count = max(1, columns / zoom.columns)
        guard let token = state.inspector.ordinal(in: state.heatmap.ordinals) else { return 0..<0 }
        let selected = zoom.slot(of: token)
        var end = kept.upperBound
        if selected < end - count {
            end = min(end, max(selected + count / 2 + 1, kept.lowerBound + count))
        }
        return max(kept.lowerBound, end - count)..<end
    }

    /// The tokens of a slot that are in the window.
    func ordinals(ofSlot slot: Int) -> Range<Int> { zoom.ordinals(of: slot).clamped(to: ordinals) }

    /// The blocks that a row stands for, rows being counted from the top, where the highest block shown is.
    func blocks(ofRow row: Int) -> Range<Int> {
        let top = blockCount - (firstRow + row) * blocksPerRow
        return max(0, top - blocksPerRow)..<max(0, top)
    }

    /// The token and the block that a cell of the screen shows; nil outside the map.
    func cell(at place: Point) -> (ordinal: Int, block: Int)? {
        let column = place.column - column(ofSlot: slots.lowerBound)
        let row = place.row - mapRow
        guard column >= 0, (0..<inspectorRow - mapRow).contains(row) else { return nil }
        let slot = slots.lowerBound + column / zoom.columns
        guard slots.contains(slot), let ordinal = ordinals(ofSlot: slot).last else { return nil }
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
    /// The leftmost screen column of a slot; the newest stands at the right.
    func column(ofSlot slot: Int) -> Int {
        barColumn - (barColumns > 0 ? 1 : 0) - (slots.upperBound - slot) * zoom.columns
    }
    /// The leftmost screen column of a token.
    func column(of ordinal: Int) -> Int { column(ofSlot: zoom.slot(of: ordinal)) }
    /// The screen column where the bars begin, or would.
    var barColumn: Int {
        numberColumn + numberColumns + 1 + tokenColumns + (barColumns > 0 ? 1 : 0)
    }
    /// The screen column where the rows' realised capacities begin.
    var realisedColumn: Int { barColumn + barColumns }
    /// The screen row of the topmost blocks.
    var mapRow: Int { box.origin.row + 1 }
    /// The screen row of the line that tells turns apart.
    var turnRow: Int { mapRow + mapRows }
    /// The screen row of the line of depths.
    var depthRow: Int { turnRow + 1 }
    /// The screen row of the line of weights read, where there is one.
    var readsRow: Int { depthRow + 1 }
    /// The screen row of the line between heatmap and inspector.
    var inspectorRow: Int { depthRow + (hasReads ? 2 : 1) }
    /// The screen row of the box's lower edge.
    var edgeRow: Int { box.origin.row + box.size.rows - 1 }
}
