import MoDModel
import TerminalKit

extension Canvas {
    /// The first line: the dial, how far the model follows it, and what it buys. On narrow screens parts are
    /// shortened and left out, the dial last.
    mutating func drawStatus(_ state: ChatState, _ recent: RecentRouting) {
        let line = StatusLine(state, recent, glyphs: glyphs, palette: palette)
        let columns = frame.size.columns
        let fitting = line.variants.first { pieces in
            pieces.reduce(0) { $0 + TextMeasure.width(of: $1.text) } <= columns
        }
        write(fitting ?? line.variants.last ?? [], column: 0, row: 0, columns: columns)
    }
}

/// What the status line says, from the longest form to the shortest.
private struct StatusLine {
    let state: ChatState
    let recent: RecentRouting
    let glyphs: Glyphs
    let palette: Palette

    init(_ state: ChatState, _ recent: RecentRouting, glyphs: Glyphs, palette: Palette) {
        self.state = state
        self.recent = recent
        self.glyphs = glyphs
        self.palette = palette
    }

    var variants: [[Canvas.Piece]] {
        let name = TextMeasure.truncated(state.model.name, to: 32, ellipsis: glyphs.ellipsis)
        let title = [(" fathom", palette.accent), ("  \(name)", palette.strong)]
        let label = [("   capacity ", Style.plain)]
        let short = [(" c ", Style.plain)]
        let numbers = state.isRouted ? "\(asked) asked \(glyphs.separator) \(real) real" : "no routers"
        let few = state.isRouted ? "\(asked) \(glyphs.separator) \(real) real" : numbers
        let figures = join([speed, reads, context], by: "   ")
        return [
            title + label + dial(16, numbers) + figures,
            title + label + dial(8, numbers) + figures,
            [title[0]] + label + dial(16, numbers) + figures,
            [title[0]] + label + dial(8, numbers) + join([speed, reads, context], by: "  "),
            [(" capacity ", Style.plain)] + dial(8, few) + join([speed, reads, context], by: "  "),
            short + dial(8, few) + join([speed, reads, context], by: "  "),
            short + dial(8, few) + join([speed, reads], by: "  "),
            short + dial(8, few) + join([speed], by: "  "),
            short + dial(8, few),
        ]
    }

    private var asked: String { Numbers.decimal(state.capacity.value, 2) }
    private var real: String { recent.realisedOverall.map { Numbers.decimal($0, 2) } ?? "-" }

    private func dial(_ columns: Int, _ numbers: String) -> [Canvas.Piece] {
        let full = min(max(Int((state.capacity.value * Double(columns)).rounded()), 0), columns)
        let (left, right) = glyphs.gaugeEnds
        return [
            (left, palette.faint),
            (String(repeating: glyphs.gaugeFull, count: full), palette.accent),
            (String(repeating: glyphs.gaugeEmpty, count: columns - full), palette.faint),
            (right, palette.faint),
            (" \(numbers)", palette.strong),
        ]
    }

    private var speed: String {
        let rate = state.reply == nil ? state.lastSpeed : state.reply?.speed.rate
        return rate.map { "\(Numbers.decimal($0, $0 < 10 ? 1 : 0)) tok/s" } ?? "- tok/s"
    }

    private var reads: String { "reads \(recent.shareRead.map(Numbers.percent) ?? "-")" }

    private var context: String {
        let limit = state.model.contextLength
        return "ctx \(min(state.contextTokens, limit))/\(limit)"
    }

    private func join(_ parts: [String], by space: String) -> [Canvas.Piece] {
        parts.map { (space + $0, Style.plain) }
    }
}
