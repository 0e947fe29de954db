/// A chart with axes: where values lie on it.
struct Chart {
    var figure: Figure
    private let x: ClosedRange<Double>
    private let y: ClosedRange<Double>
    private static let margin = (left: 40.0, right: 10.0, top: 8.0, bottom: 30.0)

    private init(figure: Figure, x: ClosedRange<Double>, y: ClosedRange<Double>) {
        self.figure = figure
        self.x = x
        self.y = y
    }

    /// An empty chart with ticks on both axes; on that of x none where `xTicks` is false.
    init(
        _ title: String, x: ClosedRange<Double>, _ xName: String, y: ClosedRange<Double>, _ yName: String,
        width: Double = 400, height: Double = 220, xTicks: Bool = true
    ) {
        self.init(
            figure: Figure(width: width, height: height, title: title), x: Self.widened(x), y: Self.widened(y)
        )
        let (left, right) = (Self.margin.left, width - Self.margin.right)
        for value in Self.ticks(self.y) {
            figure.line([(left, place(y: value)), (right, place(y: value))], .faint)
            figure.text(value.short(2), left - 5, place(y: value) + 3, size: 8.5, anchor: .end, .muted)
        }
        if xTicks {
            for value in Self.ticks(self.x) {
                figure.text(
                    value.short(2), place(x: value), height - Self.margin.bottom + 12, size: 8.5,
                    anchor: .middle, .muted)
            }
        }
        figure.line(
            [(left, height - Self.margin.bottom), (right, height - Self.margin.bottom)], .muted)
        figure.text(xName, (left + right) / 2, height - 5, size: 8.5, anchor: .middle)
        figure.text(
            yName, 11, (Self.margin.top + height - Self.margin.bottom) / 2, size: 8.5, anchor: .middle,
            isUpright: true)
    }

    private static func widened(_ range: ClosedRange<Double>) -> ClosedRange<Double> {
        range.lowerBound < range.upperBound ? range : range.lowerBound...range.lowerBound + 1
    }

    func place(x value: Double) -> Double {
        let width = figure.width - Self.margin.left - Self.margin.right
        return Self.margin.left + (value - x.lowerBound) / (x.upperBound - x.lowerBound) * width
    }

    func place(y value: Double) -> Double {
        let height = figure.height - Self.margin.top - Self.margin.bottom
        let share = (value - y.lowerBound) / (y.upperBound - y.lowerBound)
        return figure.height - Self.margin.bottom - share * height
    }

    /// Round values within a range, about five.
    private static func ticks(_ range: ClosedRange<Double>) -> [Double] {
        let rough = (range.upperBound - range.lowerBound) / 5
        var unit = 1.0
        while unit > rough { unit /= 10 }
        while unit * 10 <= rough { unit *= 10 }
        let step = [1.0, 2, 5, 10].map { $0 * unit }.first { $0 >= rough } ?? unit * 10
        let first = Int((range.lowerBound / step).rounded(.up))
        let last = Int((range.upperBound / step + 1e-9).rounded(.down))
        return first <= last ? (first...last).map { Double($0) * step } : []
    }

    /// A line through points.
    mutating func line(_ points: [(Double, Double)], _ ink: Ink, width: Double = 1.5) {
        figure.line(points.map { (place(x: $0.0), place(y: $0.1)) }, ink, width: width)
    }

    /// A bar from 0 to a value, about `x`.
    mutating func bar(x middle: Double, width: Double, to value: Double, _ ink: Ink) {
        let (left, right) = (place(x: middle - width / 2), place(x: middle + width / 2))
        let (top, bottom) = (place(y: value), place(y: max(0, y.lowerBound)))
        figure.rectangle(left, top, right - left, bottom - top, ink)
    }

    /// A dot.
    mutating func dot(_ x: Double, _ y: Double, radius: Double, _ ink: Ink, opacity: Double = 1) {
        figure.dot(place(x: x), place(y: y), radius: radius, ink, opacity: opacity)
    }

    /// A name at a place on the axis of x.
    mutating func name(_ text: String, x value: Double) {
        figure.text(
            text, place(x: value), figure.height - Self.margin.bottom + 12, size: 8.5, anchor: .middle, .muted
        )
    }

    /// Tells lines apart, in the upper left corner.
    mutating func legend(_ names: [(String, Ink)]) {
        for (row, (name, ink)) in names.enumerated() {
            let (x, y) = (Self.margin.left + 12, Self.margin.top + 14 + 13 * Double(row))
            figure.line([(x, y - 3), (x + 16, y - 3)], ink, width: 2)
            figure.text(name, x + 21, y, size: 8.5)
        }
    }

    /// Writes beside a point.
    mutating func note(
        _ text: String, _ x: Double, _ y: Double, anchor: Figure.Text.Anchor = .start, _ ink: Ink
    ) {
        figure.text(text, place(x: x), place(y: y), size: 8.5, anchor: anchor, ink)
    }
}
