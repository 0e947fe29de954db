import MoDModel
import TerminalKit

/// What became of one token at one block, ready to be drawn.
enum HeatFace: Sendable, Hashable {
    /// The block has no router and took the token in full.
    case always
    /// The block took the token in full; `level` says how high the score is among the block's, 0…1.
    case full(level: Double)
    /// The block took the token thin; `level` says how high the score is among the block's, 0…1.
    case thin(level: Double)
    /// The block bypassed the token.
    case bypassed
    /// The trace does not say.
    case unknown

    init(_ outcome: BlockOutcome, _ scale: ScoreScale) {
        switch outcome {
        case .always: self = .always
        case .unknown: self = .unknown
        case .routed(let decision):
            // One scale for both grades, so that a colour means one thing.
            switch decision.grade {
            case .full: self = .full(level: scale.level(of: decision))
            case .thin: self = .thin(level: scale.level(of: decision))
            case .bypassed: self = .bypassed
            }
        }
    }

    /// The face without what the score says.
    var withoutLevel: HeatFace { at(level: 1) }

    /// The face with another level, where it has one.
    func at(level: Double) -> HeatFace {
        switch self {
        case .full: .full(level: level)
        case .thin: .thin(level: level)
        case .always, .bypassed, .unknown: self
        }
    }

    /// The grade to draw.
    var grade: Grade {
        switch self {
        case .always, .full: .full
        case .thin: .thin
        case .bypassed, .unknown: .bypassed
        }
    }

    /// How high the score is among the block's, 0…1; nil where the block did not take the token by its score.
    var level: Double? {
        switch self {
        case .full(let level), .thin(let level): level
        case .always, .bypassed, .unknown: nil
        }
    }
}

extension ScoreScale {
    /// How high the score of a block that took a token is among the block's.
    fileprivate func level(of decision: BlockDecision) -> Double {
        level(of: decision.score, threshold: decision.thresholds.thin)
    }
}

/// Turns what became of tokens at blocks into cells, as well as the terminal can.
///
/// 256 colours and more: a ramp from dark violet over green to yellow, its luminance rising all the way, so that it can
/// be read without colour vision. 8 or 16 colours: some of them, and shades. Otherwise shades alone. At every colour
/// depth a thin token is half a cell, and a bypassed one a dot.
///
/// The cells are made once: a screen has over a thousand of them.
struct HeatInk: Sendable {
    let glyphs: Glyphs
    let palette: Palette
    private let bypassed: Cell
    private let always: Cell
    /// [shades][steps of the ramp]: the cells of tokens in full.
    private let full: [[Cell]]
    /// [steps of the ramp]: the cells of thin tokens.
    private let thin: [Cell]
    /// The grey in place of each colour of full and thin tokens, as bright.
    private let greys: [Color: Color]

    /// The ramp of 256 colours: indices into the xterm palette near the viridis map, dark to bright.
    static let ramp: [UInt8] = [54, 24, 30, 36, 77, 149, 227]
    /// The ramp of 8 colours: blue, green, cyan, yellow, dark to bright.
    static let shortRamp: [UInt8] = [4, 2, 6, 3]

    init(glyphs: Glyphs, palette: Palette) {
        self.glyphs = glyphs
        self.palette = palette
        bypassed = Cell(text: glyphs.bypassed, style: palette.faint)
        always = Cell(
            text: glyphs.solid,
            style: Style(foreground: palette.depth >= .twoFiftySix ? .indexed(246) : .standard))
        // Where there are enough colours, they alone tell the level.
        let isSolid = glyphs.isUnicode && palette.depth >= .twoFiftySix
        func cells(_ glyph: String) -> [Cell] {
            HeatInk.ramp(palette.depth).map { Cell(text: glyph, style: Style(foreground: $0)) }
        }
        full = (isSolid ? [glyphs.solid] : glyphs.shades).map(cells)
        thin = cells(glyphs.thin)
        let ramp = HeatInk.ramp(palette.depth)
        var greys: [Color: Color] = [always.style.foreground: .indexed(240)]
        for (place, color) in ramp.enumerated() {
            greys[color] = .indexed(HeatInk.greys[place * HeatInk.greys.count / ramp.count])
        }
        self.greys = greys
    }

    /// The ramp of 16 colours: blue, bright blue, green, cyan, bright green, bright yellow, dark to bright.
    private static let longerRamp: [UInt8] = [4, 12, 2, 6, 10, 11]

    /// Greys for the ramp of 256 colours and more, dark to bright.
    private static let greys: [UInt8] = [236, 238, 240, 242, 244, 246, 248]

    /// The colours of scores at a colour depth, from the lowest score to the highest.
    private static func ramp(_ depth: ColorDepth) -> [Color] {
        switch depth {
        case .monochrome: [.standard]
        case .eight: shortRamp.map(Color.indexed)
        case .sixteen: longerRamp.map(Color.indexed)
        case .twoFiftySix: ramp.map(Color.indexed)
        case .trueColor: (0...Color.lastShade).map(Color.shade)
        }
    }

    /// The cell that stands for one block.
    func cell(of face: HeatFace) -> Cell {
        switch face {
        case .unknown: .blank
        case .bypassed: bypassed
        case .always: always
        case .full(let level): full.element(at: level)?.element(at: level) ?? always
        case .thin(let level): thin.element(at: level) ?? always
        }
    }

    /// The cell that stands for several blocks, the topmost last.
    func cell(of faces: ArraySlice<HeatFace>) -> Cell {
        guard let bottom = faces.first, let top = faces.last else { return .blank }
        if faces.count == 1 { return cell(of: top) }
        if faces.count == 2, glyphs.isUnicode { return halves(top: top, bottom: bottom) }
        var blend = HeatBlend()
        for face in faces { blend.add(face) }
        return cell(of: blend)
    }

    /// A cell for two blocks: its halves stand for one each, in its colour where neither took the token thin.
    private func halves(top: HeatFace, bottom: HeatFace) -> Cell {
        if top.grade == .thin || bottom.grade == .thin { return quarters(top: top, bottom: bottom) }
        return switch (color(of: top), color(of: bottom)) {
        case (nil, nil): cell(of: top == .unknown ? bottom : top)
        case (let color?, nil): Cell(text: "▀", style: Style(foreground: color))
        case (nil, let color?): Cell(text: "▄", style: Style(foreground: color))
        case (let upper?, let lower?) where upper == lower: Cell(text: "█", style: Style(foreground: upper))
        // The terminal's own foreground can only be in front.
        case (let upper?, .standard?): Cell(text: "▄", style: Style(background: upper))
        case (let upper?, let lower?): Cell(text: "▀", style: Style(foreground: upper, background: lower))
        }
    }

    /// A cell for two blocks of which one at least took the token thin. The glyph tells the grade of each; the cell has
    /// room for one colour, that of the deeper grade, or that of the mean score where both are thin.
    private func quarters(top: HeatFace, bottom: HeatFace) -> Cell {
        let deeper = top.grade == .full ? top : bottom.grade == .full ? bottom : nil
        var both = HeatBlend()
        both.add(top)
        both.add(bottom)
        let face = deeper ?? both.mean
        return Cell(
            text: glyphs.halves(top.grade, bottom.grade) ?? glyphs.bypassed,
            style: Style(foreground: cell(of: face).style.foreground))
    }

    /// A cell for several blocks or several tokens: the glyph tells how much work was done, thin being half of full,
    /// the colour how high the scores were.
    func cell(of blend: HeatBlend) -> Cell {
        guard blend.known > 0 else { return .blank }
        guard blend.halves > 0 else { return bypassed }
        let steps = glyphs.shades.count
        let step = Int((blend.work * Double(steps)).rounded(.up))
        return Cell(
            text: glyphs.shades[min(max(step, 1), steps) - 1],
            style: Style(foreground: cell(of: blend.mean).style.foreground))
    }

    /// A cell of a token that says nothing of its own, such as the marks between messages: grey, or dim.
    func dimmed(_ cell: Cell) -> Cell {
        guard palette.hasFaint else { return cell }
        var cell = cell
        guard palette.depth >= .twoFiftySix else {
            cell.style.attributes.insert(.dim)
            return cell
        }
        cell.style.foreground = greys[cell.style.foreground] ?? cell.style.foreground
        cell.style.background = greys[cell.style.background] ?? cell.style.background
        return cell
    }

    /// The colour for a block that took the token, thin or in full; nil for one that did not.
    private func color(of face: HeatFace) -> Color? {
        face.grade == .bypassed ? nil : cell(of: face).style.foreground
    }
}
