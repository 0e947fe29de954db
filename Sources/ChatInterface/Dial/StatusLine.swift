import MoDModel
import TerminalKit

extension Canvas {
    /// Draws the first line: the dial, how far the model follows it, and what that saves. On narrow screens parts are
    /// shortened and left out, the dial last.
    mutating func drawStatus(_ state: ChatState, _ recent: RecentRouting) {
        let line = StatusLine(state, recent, glyphs: glyphs, palette: palette)
        let columns = frame.size.columns
        let forms = StatusLine.Form.all
        let fitting = forms.lazy.map(line.pieces).first { pieces in
            pieces.reduce(0) { $0 + TextMeasure.width(of: $1.text) } <= columns
        }
        write(fitting ?? forms.last.map(line.pieces) ?? [], column: 0, row: 0, columns: columns)
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

    /// A form of the status line: which parts it has, and how many columns the dial takes.
    struct Form {
        enum Title { case full, name, none }
        var title = Title.none
        var label = " c "
        var dial: Int
        var isDialNamed = false
        var figures: Int
        var space = "  "
        /// Whether the policy is named where it is not the usual one.
        var showsPolicy = true

        static let all = [
            Form(title: .full, label: "   capacity ", dial: 16, isDialNamed: true, figures: 3, space: "   "),
            Form(title: .full, label: "   capacity ", dial: 8, isDialNamed: true, figures: 3, space: "   "),
            Form(title: .name, label: "   capacity ", dial: 16, isDialNamed: true, figures: 3, space: "   "),
            Form(title: .name, label: "   capacity ", dial: 8, isDialNamed: true, figures: 3),
            Form(label: " capacity ", dial: 8, figures: 3),
            Form(dial: 8, figures: 3),
            Form(dial: 8, figures: 2),
            Form(dial: 8, figures: 1),
            Form(dial: 8, figures: 0),
            Form(dial: 8, figures: 0, showsPolicy: false),
        ]
    }

    func pieces(_ form: Form) -> [Canvas.Piece] {
        var pieces: [Canvas.Piece] = []
        if form.title != .none { pieces.append((" fathom", palette.accent)) }
        if form.title == .full {
            let name = TextMeasure.truncated(state.model.name, to: 32, ellipsis: glyphs.ellipsis)
            pieces.append(("  \(name)", palette.strong))
        }
        pieces.append((form.label, .plain))
        pieces += dial(form.dial, isNamed: form.isDialNamed)
        if form.showsPolicy, state.dial.isRouted, state.dial.policy != .held {
            pieces.append((" \(glyphs.separator) \(state.dial.policy.title)", palette.strong))
        }
        return pieces + [speed, reads, context].prefix(form.figures).map { (form.space + $0, .plain) }
    }

    private var asked: String { Numbers.decimal(state.dial.capacity.value, 2) }
    private var real: String { recent.realisedOverall.map { Numbers.decimal($0, 2) } ?? "-" }

    private func dial(_ columns: Int, isNamed: Bool) -> [Canvas.Piece] {
        let numbers =
            state.dial.isRouted
            ? "\(asked)\(isNamed ? " asked" : "") \(glyphs.separator) \(real) real" : "no routers"
        let full = min(max(Int((state.dial.capacity.value * Double(columns)).rounded()), 0), columns)
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
        let rate = state.chat.reply == nil ? state.chat.lastSpeed : state.chat.reply?.speed.rate
        let held = state.heldSpeed.map { " of \(Numbers.decimal($0, 0))" } ?? ""
        return (rate.map { Numbers.decimal($0, $0 < 10 ? 1 : 0) } ?? "-") + held + " tok/s"
    }

    private var reads: String { "reads \(recent.shareRead.map(Numbers.percent) ?? "-")" }

    private var context: String { "ctx \(state.chat.contextTokens)/\(state.model.contextLength)" }
}
