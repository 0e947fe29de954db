import MoDModel
import TerminalKit

/// One block's say about one token, ready to be drawn.
enum HeatFace: Sendable, Hashable {
    /// Processed, for want of a router.
    case always
    /// Processed; how high the score is, 0…1.
    case processed(level: Double)
    /// Bypassed.
    case bypassed
    /// Not known.
    case unknown

    init(_ outcome: BlockOutcome, _ scale: ScoreScale) {
        switch outcome {
        case .always: self = .always
        case .processed(let score, let threshold):
            self = .processed(level: scale.level(of: score, threshold: threshold))
        case .bypassed: self = .bypassed
        case .unknown: self = .unknown
        }
    }
}

extension TraceLog {
    /// What every block says about a token.
    func faces(of routing: TokenRouting) -> [HeatFace] {
        (0..<blocks.count).map { HeatFace(blocks.outcome(of: routing, at: $0), scales[$0]) }
    }
}

/// Turns blocks' says into cells, as well as the terminal can.
///
/// 256 colours: a ramp from dark violet over green to yellow, its luminance rising all the way, so that it
/// reads the same without colour vision. 8 colours: four of them, and shades. Otherwise shades alone. What was
/// bypassed is a dot at every colour depth.
///
/// Its cells are made once: a screen has over a thousand of them.
struct HeatInk: Sendable {
    let glyphs: Glyphs
    let palette: Palette
    private let bypassed: Cell
    private let always: Cell
    /// For each shade, the cell of each step of the ramp.
    private let processed: [[Cell]]

    /// Cells of the xterm palette near the viridis map, dark to bright.
    static let ramp: [UInt8] = [54, 24, 30, 36, 77, 149, 227]
    /// Blue, green, cyan, yellow: ANSI colours dark to bright.
    static let shortRamp: [UInt8] = [4, 2, 6, 3]

    init(glyphs: Glyphs, palette: Palette) {
        self.glyphs = glyphs
        self.palette = palette
        bypassed = Cell(text: glyphs.bypassed, style: palette.faint)
        always = Cell(
            text: glyphs.solid,
            style: Style(foreground: palette.depth == .twoFiftySix ? .indexed(246) : .standard))
        // Where there are enough colours, they alone tell the level.
        let isSolid = glyphs.isUnicode && palette.depth == .twoFiftySix
        processed = (isSolid ? [glyphs.solid] : glyphs.shades).map { shade in
            HeatInk.ramp(palette.depth).map { Cell(text: shade, style: Style(foreground: $0)) }
        }
    }

    /// The colours of processed blocks, from the lowest score to the highest.
    private static func ramp(_ depth: ColorDepth) -> [Color] {
        switch depth {
        case .monochrome: [.standard]
        case .eight: shortRamp.map(Color.indexed)
        case .twoFiftySix: ramp.map(Color.indexed)
        }
    }

    /// The cell of one block.
    func cell(of face: HeatFace) -> Cell {
        switch face {
        case .unknown: .blank
        case .bypassed: bypassed
        case .always: always
        case .processed(let level): processed.element(at: level)?.element(at: level) ?? always
        }
    }

    /// The cell of several blocks, the topmost last.
    func cell(of faces: ArraySlice<HeatFace>) -> Cell {
        guard let bottom = faces.first, let top = faces.last else { return .blank }
        if faces.count == 1 { return cell(of: top) }
        if faces.count == 2, glyphs.isUnicode { return halves(top: top, bottom: bottom) }
        return together(faces)
    }

    /// Two blocks as the two halves of a cell.
    private func halves(top: HeatFace, bottom: HeatFace) -> Cell {
        switch (color(of: top), color(of: bottom)) {
        case (nil, nil): cell(of: top == .unknown ? bottom : top)
        case (let color?, nil): Cell(text: "▀", style: Style(foreground: color))
        case (nil, let color?): Cell(text: "▄", style: Style(foreground: color))
        case (let upper?, let lower?) where upper == lower: Cell(text: "█", style: Style(foreground: upper))
        // The terminal's own foreground can only be in front.
        case (let upper?, .standard?): Cell(text: "▄", style: Style(background: upper))
        case (let upper?, let lower?): Cell(text: "▀", style: Style(foreground: upper, background: lower))
        }
    }

    /// Several blocks as one: the glyph tells how many processed the token, the colour how high they scored it.
    private func together(_ faces: ArraySlice<HeatFace>) -> Cell {
        let known = faces.filter { $0 != .unknown }
        let ran = known.filter { $0 != .bypassed }
        guard !known.isEmpty else { return .blank }
        guard !ran.isEmpty else { return cell(of: .bypassed) }
        let levels = ran.compactMap { face -> Double? in
            if case .processed(let level) = face { level } else { nil }
        }
        let face =
            levels.isEmpty
            ? HeatFace.always : .processed(level: levels.reduce(0, +) / Double(levels.count))
        let steps = glyphs.shades.count
        let step = (ran.count * steps + known.count - 1) / known.count
        return Cell(
            text: glyphs.shades[min(max(step, 1), steps) - 1],
            style: Style(foreground: cell(of: face).style.foreground))
    }

    /// The colour of a processed block; nil for one that is not.
    private func color(of face: HeatFace) -> Color? {
        switch face {
        case .bypassed, .unknown: nil
        case .always, .processed: cell(of: face).style.foreground
        }
    }
}
