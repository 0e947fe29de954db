import TerminalKit

/// What the heatmap shows on the screen there is: which blocks share a row, which tokens are in the window.
struct HeatmapPlan: Sendable {
    let box: Rect
    /// Blocks a row stands for, so that all of them fit.
    let blocksPerRow: Int
    /// Rows of blocks.
    let mapRows: Int
    /// Lines the inspector has below a dividing line; none means that the box's lower edge tells the most
    /// important things.
    let inspectorRows: Int
    /// Cells of a block's number, on the left.
    let numberColumns: Int
    /// Cells of tokens.
    let tokenColumns: Int
    /// The tokens in the window, by ordinal.
    let ordinals: Range<Int>
    private let blockCount: Int

    /// Room for ` 100 %` on the right.
    static let shareColumns = 6

    init(_ state: ChatState, box: Rect) {
        self.box = box
        blockCount = state.trace.blocks.count
        let inner = box.size.rows - 2
        // Below the blocks come the turns and the depths.
        let hasInspector = inner >= 10
        let most = max(1, inner - 2 - (hasInspector ? 3 : 0))
        blocksPerRow = max(1, (blockCount + most - 1) / most)
        mapRows = (blockCount + blocksPerRow - 1) / blocksPerRow
        inspectorRows = hasInspector ? inner - 3 - mapRows : 0
        numberColumns = String(max(0, blockCount - 1)).count
        // Besides both: the box's sides, the pointer, a space after the number and one before the edge.
        tokenColumns = max(1, box.size.columns - 5 - numberColumns - HeatmapPlan.shareColumns)
        ordinals = HeatmapPlan.window(state, columns: tokenColumns)
    }

    /// The newest tokens at the right, unless the chosen one is further back: then it stands in the middle.
    private static func window(_ state: ChatState, columns: Int) -> Range<Int> {
        let kept = state.trace.ordinals
        guard let selected = state.selection.ordinal(in: kept) else { return 0..<0 }
        var end = kept.upperBound
        if selected < end - columns { end = min(end, selected + columns / 2 + 1) }
        return max(kept.lowerBound, end - columns)..<end
    }

    /// The blocks of a row, counted from the top; the highest block is on top.
    func blocks(ofRow row: Int) -> Range<Int> {
        let top = blockCount - row * blocksPerRow
        return max(0, top - blocksPerRow)..<max(0, top)
    }

    /// Where a block's number stands.
    var numberColumn: Int { box.origin.column + 2 }
    /// Where a token's column is; the newest stands at the right.
    func column(of ordinal: Int) -> Int {
        numberColumn + numberColumns + 1 + (tokenColumns - ordinals.count) + ordinal - ordinals.lowerBound
    }
    /// Where the shares stand.
    var shareColumn: Int { numberColumn + numberColumns + 1 + tokenColumns }
    /// The first row of blocks.
    var mapRow: Int { box.origin.row + 1 }
    /// The line that tells turns apart.
    var turnRow: Int { mapRow + mapRows }
    /// The line of depths.
    var depthRow: Int { turnRow + 1 }
    /// The line between heatmap and inspector, or the box's lower edge.
    var inspectorRow: Int { inspectorRows > 0 ? depthRow + 1 : box.origin.row + box.size.rows - 1 }
}
