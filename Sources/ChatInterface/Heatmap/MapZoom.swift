/// How many tokens a column of the heatmap stands for, or how many columns a token takes.
struct MapZoom: Sendable, Hashable {
    /// Steps out from a column a token, each of which doubles the tokens of a column; negative are steps in.
    private(set) var level = 0

    /// From eight columns a token, in which most words can be read, to so many tokens a column that the longest context
    /// is in sight on the narrowest screen.
    static let levels = -3...9

    /// Tokens that a column stands for.
    var tokens: Int { 1 << max(0, level) }
    /// Columns that a token takes.
    var columns: Int { 1 << max(0, -level) }

    /// Goes out by so many steps, or in where negative, as far as there are levels.
    mutating func goOut(by steps: Int) {
        level = min(max(level + steps, MapZoom.levels.lowerBound), MapZoom.levels.upperBound)
    }

    /// The slot of a token: the place of what is drawn for it, alone or with its neighbours. Which tokens share a slot
    /// does not change while others come.
    func slot(of ordinal: Int) -> Int { ordinal / tokens }

    /// The slots of some tokens.
    func slots(of ordinals: Range<Int>) -> Range<Int> {
        guard let first = ordinals.first, let last = ordinals.last else { return 0..<0 }
        return slot(of: first)..<(slot(of: last) + 1)
    }

    /// The ordinals that share a slot.
    func ordinals(of slot: Int) -> Range<Int> { (slot * tokens)..<((slot + 1) * tokens) }
}
