import InferenceEngine
import MoDModel

/// Draws how the blocks took the tokens: tokens from left to right, blocks from the first, at the bottom, to the last.
/// A long text is cut into panels, one below the other.
public struct DepthMap {
    private let trace: DepthTrace
    private let mode: MapMode
    private let palette: Palette
    private let scale: MapScale
    private var figure: Figure

    private static let cell = (width: 8.0, height: 6.0)
    private static let left = 34.0
    private static let right = 12.0
    private static let legendHeight = 24.0
    /// Above the cells: the positions.
    private static let tickHeight = 12.0
    private static let captionHeight = 16.0
    private static let mostColumns = 96
    /// The longest label, in characters, and what a character of it takes.
    private static let labelLength = 14
    private static let letter = 3.7
    private static let labelGap = 3.0
    private static let leastWidth = 330.0

    /// The figure of a trace.
    ///
    /// - Parameter mode: `settled` needs readings of the lens; a token without one has no colour.
    public static func figure(_ trace: DepthTrace, mode: MapMode, palette: Palette) -> Figure {
        var map = DepthMap(trace, mode, palette)
        map.draw()
        return map.figure
    }

    private init(_ trace: DepthTrace, _ mode: MapMode, _ palette: Palette) {
        self.trace = trace
        self.mode = mode
        self.palette = palette
        scale = MapScale(trace, mode, palette)
        figure = Figure(width: 0, height: 0, title: "Depth map: \(mode.legend). \(trace.caption)")
    }

    private var hasParts: Bool { Set(trace.tokens.map(\.isReply)).count > 1 }

    private mutating func draw() {
        let count = max(trace.tokens.count, 1)
        let panels = (count + Self.mostColumns - 1) / Self.mostColumns
        let columns = (count + panels - 1) / panels
        figure.width = max(
            Self.left + Double(columns) * Self.cell.width + Self.right, Self.leastWidth,
            Self.left + Self.right + Double(trace.caption.count) * Self.letter)
        var top = 6.0
        drawLegend(top: top)
        top += Self.legendHeight
        for panel in 0..<panels {
            let positions = panel * columns..<min((panel + 1) * columns, trace.tokens.count)
            top = drawPanel(positions, top: top)
        }
        figure.text(trace.caption, Self.left, top + 8, .muted)
        figure.height = top + Self.captionHeight
    }

    // MARK: Panels

    /// Draws the tokens at some positions; returns where it ends.
    private mutating func drawPanel(_ positions: Range<Int>, top: Double) -> Double {
        let blocks = trace.model.blockCount
        let top = top + Self.tickHeight
        let bottom = top + Double(blocks) * Self.cell.height
        drawAxes(positions, top: top, bottom: bottom)
        drawCells(positions, bottom: bottom)
        var labels = bottom + Self.labelGap
        if hasParts {
            for position in positions {
                let ink: Ink = trace.tokens[position].isReply ? .ink : .faint
                figure.rectangle(x(position, positions), bottom + 1.5, Self.cell.width, 2, ink)
            }
            labels += 3
        }
        var longest = 0
        for position in positions {
            let label = VisibleText.label(trace.tokens[position].traced.text, limit: Self.labelLength)
            longest = max(longest, label.count)
            figure.text(
                label, x(position, positions) + Self.cell.width / 2 + 2.3, labels, size: 6.3, anchor: .end,
                isUpright: true)
        }
        let end = labels + Double(longest) * Self.letter + 6
        for position in positions {
            figure.hint(
                x(position, positions), top, Self.cell.width, end - top, hint(position))
        }
        return end
    }

    private func x(_ position: Int, _ positions: Range<Int>) -> Double {
        Self.left + Double(position - positions.lowerBound) * Self.cell.width
    }

    private func y(_ block: Int, bottom: Double) -> Double {
        bottom - Double(block + 1) * Self.cell.height
    }

    private mutating func drawAxes(_ positions: Range<Int>, top: Double, bottom: Double) {
        for position in positions where position.isMultiple(of: 10) {
            figure.text(
                "\(position)", x(position, positions) + Self.cell.width / 2, top - 3, size: 6.3,
                anchor: .middle,
                .muted)
        }
        for block in 0..<trace.model.blockCount where block.isMultiple(of: 5) {
            figure.text(
                "\(block)", Self.left - 4, y(block, bottom: bottom) + Self.cell.height - 0.8, size: 6.3,
                anchor: .end, .muted)
        }
        figure.text("block", 10, (top + bottom) / 2, anchor: .middle, isUpright: true)
        if positions.lowerBound == 0 { figure.text("token", Self.left - 4, top - 3, anchor: .end) }
    }

    private mutating func drawCells(_ positions: Range<Int>, bottom: Double) {
        // By colour, so that those of one colour become one path.
        var cells: [Ink: [(block: Int, position: Int)]] = [:]
        for block in 0..<trace.model.blockCount {
            for position in positions {
                cells[scale.ink(block: block, position: position), default: []].append((block, position))
            }
        }
        for (ink, places) in cells.sorted(by: { $0.key.onWhite.hex < $1.key.onWhite.hex }) {
            for (block, position) in places {
                figure.rectangle(
                    x(position, positions), y(block, bottom: bottom), Self.cell.width - 0.5,
                    Self.cell.height - 0.5, ink)
            }
        }
        drawMarks(positions, bottom: bottom)
    }

    /// Marks what bypassed a token, and what took it thin; in a map of the lens the block where it settled.
    private mutating func drawMarks(_ positions: Range<Int>, bottom: Double) {
        var marks: [Ink: [Figure.Rectangle]] = [:]
        for position in positions {
            let token = trace.tokens[position]
            for block in 0..<trace.model.blockCount {
                guard let size = markSize(token, block) else { continue }
                let ink = Ink.color(scale.ink(block: block, position: position).onWhite.contrast)
                marks[ink, default: []].append(
                    Figure.Rectangle(
                        x: x(position, positions) + (Self.cell.width - 0.5 - size.width) / 2,
                        y: y(block, bottom: bottom) + (Self.cell.height - 0.5 - size.height) / 2,
                        width: size.width, height: size.height))
            }
        }
        for (ink, areas) in marks.sorted(by: { $0.key.onWhite.hex < $1.key.onWhite.hex }) {
            for area in areas { figure.rectangle(area.x, area.y, area.width, area.height, ink) }
        }
    }

    private static let bypassedMark = (width: 2.0, height: 2.0)
    private static let thinMark = (width: 4.5, height: 1.0)
    private static let settledMark = (width: 4.0, height: 3.5)

    private func markSize(_ token: DepthTrace.Token, _ block: Int) -> (width: Double, height: Double)? {
        switch mode {
        case .processed: return nil
        case .settled: return token.lens.map { $0.settled == block + 1 } == true ? Self.settledMark : nil
        case .score, .margin, .rank:
            switch token.traced.routing.grades[block] {
            case .bypassed: return Self.bypassedMark
            case .thin: return Self.thinMark
            case .full: return nil
            }
        }
    }

    private func hint(_ position: Int) -> String {
        let token = trace.tokens[position]
        var lines = [
            "\(position): \"\(VisibleText.escaped(token.traced.text))\"",
            "\(token.traced.routing.depth) of \(trace.model.blockCount) blocks",
        ]
        if let prediction = token.traced.prediction {
            lines.append("probability \(Double(prediction.probability).short(3))")
        }
        if let lens = token.lens {
            let next = lens.depths.last?.top.first.map { VisibleText.escaped($0.text) } ?? ""
            lines.append("then \"\(next)\", settled after \(lens.settled) blocks")
        }
        return lines.joined(separator: "\n")
    }

    // MARK: Legend

    private mutating func drawLegend(top: Double) {
        let (middle, baseline) = (top + 7, top + 9.5)
        var x = Self.left
        func swatch(_ ink: Ink, _ name: String, mark: (width: Double, height: Double)? = nil) {
            let (width, height) = (Self.cell.width, Self.cell.height)
            figure.rectangle(x, middle - height / 2, width, height, ink)
            if let mark {
                figure.rectangle(
                    x + (width - mark.width) / 2, middle - mark.height / 2, mark.width, mark.height,
                    .color(ink.onWhite.contrast))
            }
            figure.text(name, x + width + 3, baseline)
            x += width + 12 + Double(name.count) * Self.letter
        }
        let hasThin = trace.model.weights.hasThinPath
        if mode == .processed {
            for grade in Grade.allCases.reversed() where grade != .thin || hasThin {
                swatch(.color(palette.color(of: Int(grade.rawValue))), grade.name)
            }
        } else {
            figure.text(mode.legend, x, baseline)
            x += Double(mode.legend.count) * Self.letter + 6
            let (steps, width) = (48, 2.0)
            let range = scale.range
            let low = range.lowerBound.short(2)
            figure.text(low, x, baseline, .muted)
            x += Double(low.count) * Self.letter + 3
            for step in 0..<steps {
                let value =
                    range.lowerBound + (range.upperBound - range.lowerBound) * Double(step)
                    / Double(steps - 1)
                figure.rectangle(
                    x + Double(step) * width, middle - 3.5, width, 7, .color(scale.color(value)))
            }
            x += Double(steps) * width + 3
            let high = range.upperBound.short(2)
            figure.text(high, x, baseline, .muted)
            x += Double(high.count) * Self.letter + 14
            if mode == .settled {
                swatch(.faint, "settled here", mark: Self.settledMark)
            } else {
                swatch(.faint, "bypassed", mark: Self.bypassedMark)
                if hasThin { swatch(.faint, "thin", mark: Self.thinMark) }
                swatch(.faint, mode == .margin ? "no threshold" : "no router")
            }
        }
        if hasParts {
            x += 4
            figure.rectangle(x, middle - 1, Self.cell.width * 2, 2, .ink)
            figure.text("reply", x + Self.cell.width * 2 + 3, baseline)
            x += 40
        }
        figure.width = max(figure.width, x + Self.right)
    }
}
