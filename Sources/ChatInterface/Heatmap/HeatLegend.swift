import TerminalKit

/// What the heatmap's cells mean, from the longest form to the shortest.
struct HeatLegend {
    let ink: HeatInk
    let mode: MapMode
    let plan: HeatmapPlan
    /// Whether blocks of this model may take a token thin.
    let isGraded: Bool

    private typealias Piece = Canvas.Piece

    /// The forms, from the longest to the shortest.
    var forms: [[Canvas.Piece]] {
        let dot = mode == .settled ? decided : bypassed
        if isBlended {
            return [
                work + scored + dot + unrouted, work + scored + dot, work + scored, work + dot, work, dot,
            ]
        }
        guard isGraded, mode != .settled else {
            return [scored + dot + unrouted, scored + dot, brief + dot, dot]
        }
        return [
            scored + thin + dot + unrouted, scored + thin + dot, brief + thin + dot,
            [drawn(.full(level: 1)), said(" full  ")] + thin + dot, thin + dot, dot,
        ]
    }

    /// Whether a cell stands for so many blocks or tokens that its glyph tells how much work was done for them.
    private var isBlended: Bool {
        plan.zoom.tokens > 1 || plan.blocksPerRow > (ink.glyphs.isUnicode ? 2 : 1)
    }

    private func said(_ text: String) -> Piece { (text, ink.palette.faint) }

    private func drawn(_ face: HeatFace) -> Piece {
        let cell = ink.cell(of: face)
        return (cell.text, cell.style)
    }

    /// What the colours tell.
    private var scored: [Piece] {
        if isBlended, ramp.isEmpty { return [] }
        switch mode {
        case .score, .margin, .rank:
            let start = isGraded && !isBlended ? "full, \(mode.name) low " : "\(mode.name) low "
            return [said(start)] + ramp + [said(" high  ")]
        case .processed: return brief
        case .settled: return [said("settled early ")] + ramp + [said(" late  ")]
        }
    }

    private var brief: [Piece] {
        let taken = isGraded ? " full  " : " processed  "
        switch mode {
        case .score, .margin, .rank: return ramp + [said(taken)]
        case .processed: return [drawn(.full(level: 1)), said(taken)]
        case .settled: return ramp + [said(" settled  ")]
        }
    }

    /// The colours from the lowest value to the highest; where a glyph tells of the work, only they do.
    private var ramp: [Piece] {
        let steps = max(ink.glyphs.shades.count, HeatInk.ramp.count)
        let levels = (0..<steps).map { (Double($0) + 0.5) / Double(steps) }
        guard isBlended else { return levels.map { drawn(.full(level: $0)) } }
        guard ink.palette.depth > .monochrome else { return [] }
        return levels.map { (ink.glyphs.solid, drawn(.full(level: $0)).style) }
    }

    private var work: [Piece] {
        [
            said("work "), (ink.glyphs.shades.joined(), .plain),
            said(isGraded ? " full, thin is half  " : " all  "),
        ]
    }

    private var bypassed: [Piece] { [said("\(ink.glyphs.bypassed) bypassed ")] }
    private var decided: [Piece] { [said("\(ink.glyphs.bypassed) decided ")] }
    private var unrouted: [Piece] {
        mode == .settled ? [] : [said(" "), drawn(.always), said(" no router ")]
    }

    /// What a thin token looks like.
    private var thin: [Piece] {
        let faces = Array(repeating: HeatFace.bypassed, count: plan.blocksPerRow - 1) + [.thin(level: 0.5)]
        let cell = ink.cell(of: faces[...])
        return [(cell.text, cell.style), said(" thin  ")]
    }
}
