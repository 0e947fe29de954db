/// A picture as a list of shapes, in points from the upper left corner, which SVG and PNG are made of. What comes later
/// lies above.
public struct Figure: Sendable, Hashable {
    struct Point: Sendable, Hashable {
        var x: Double
        var y: Double
    }

    struct Rectangle: Sendable, Hashable {
        var x: Double
        var y: Double
        var width: Double
        var height: Double
    }

    struct Text: Sendable, Hashable {
        enum Anchor: String, Sendable {
            case start, middle, end
        }

        var string: String
        /// Where the baseline begins, has its middle, or ends.
        var at: Point
        /// The font's size, in points.
        var size: Double
        var anchor = Anchor.start
        /// Whether the text reads upwards.
        var isUpright = false
        var isBold = false
        var ink = Ink.ink
    }

    enum Element: Sendable, Hashable {
        case rectangle(Rectangle, Ink)
        case line([Point], Ink, width: Double)
        case dot(Point, radius: Double, Ink, opacity: Double)
        case text(Text)
        /// A place that tells something when the pointer rests on it, where a picture can do that.
        case hint(Rectangle, String)
    }

    /// Points across the picture.
    var width: Double
    /// Points from its top to its bottom.
    var height: Double
    /// What the picture shows, for those who cannot see it.
    var title: String
    private(set) var elements: [Element] = []

    init(width: Double, height: Double, title: String) {
        self.width = width
        self.height = height
        self.title = title
    }

    mutating func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ ink: Ink) {
        elements.append(.rectangle(Rectangle(x: x, y: y, width: width, height: height), ink))
    }

    mutating func line(_ points: [(Double, Double)], _ ink: Ink, width: Double = 0.75) {
        elements.append(.line(points.map { Point(x: $0.0, y: $0.1) }, ink, width: width))
    }

    mutating func dot(_ x: Double, _ y: Double, radius: Double, _ ink: Ink, opacity: Double = 1) {
        elements.append(.dot(Point(x: x, y: y), radius: radius, ink, opacity: opacity))
    }

    mutating func text(
        _ string: String, _ x: Double, _ y: Double, size: Double = 7, anchor: Text.Anchor = .start,
        isUpright: Bool = false, isBold: Bool = false, _ ink: Ink = .ink
    ) {
        elements.append(
            .text(
                Text(
                    string: string, at: Point(x: x, y: y), size: size, anchor: anchor, isUpright: isUpright,
                    isBold: isBold, ink: ink)))
    }

    mutating func hint(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ text: String) {
        elements.append(.hint(Rectangle(x: x, y: y, width: width, height: height), text))
    }
}
