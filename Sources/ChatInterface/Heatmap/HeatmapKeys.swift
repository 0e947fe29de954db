import MoDModel

extension ChatState {
    /// Chooses another token or block: by one, by ten, or as far as there are any. While a column stands for several
    /// tokens a step is a column.
    ///
    /// - Returns: what is asked of the world: the colours may tell what is not known yet of the token's turn.
    mutating func moveInHeatmap(_ action: Action) -> [ChatEffect] {
        endReplay()
        inspector.press(
            action, tokens: heatmap.ordinals, blockCount: model.blockCount, step: heatmap.zoom.tokens)
        guard heatmap.mode == .settled, !isReplying,
            let ordinal = inspector.ordinal(in: heatmap.ordinals), heatmap.settled[ordinal] == nil
        else { return [] }
        return settle()
    }

    /// Shows fewer tokens in more columns, or more in fewer, until all are in sight.
    mutating func zoom(_ action: Action) {
        if action == .zoomOut, let box = Layout(self).heatmapBox {
            guard HeatmapPlan(self, box: box).ordinals != heatmap.ordinals else {
                show(Notice(.info, "The whole conversation is in sight."))
                return
            }
        }
        heatmap.zoom.goOut(by: action == .zoomOut ? 1 : -1)
    }
}
