/// Pixels that figures are painted on, two to a point, white at first.
struct Raster {
    static let scale = 2

    let width: Int
    let height: Int
    /// [height][width][red, green, blue].
    private(set) var pixels: [UInt8]

    /// Paints a figure.
    init(_ figure: Figure) {
        width = Self.pixels(figure.width)
        height = Self.pixels(figure.height)
        pixels = [UInt8](repeating: 0xFF, count: width * height * 3)
        for element in figure.elements {
            paint(element)
        }
    }

    /// Pixels of so many points.
    static func pixels(_ points: Double) -> Int {
        Int((points * Double(scale)).rounded())
    }

    private mutating func paint(_ element: Figure.Element) {
        switch element {
        case .rectangle(let area, let ink):
            // Edges are rounded, not sizes: cells that touch leave no gap.
            fill(
                Self.pixels(area.x)..<Self.pixels(area.x + area.width),
                Self.pixels(area.y)..<Self.pixels(area.y + area.height), ink.onWhite)
        case .line(let points, let ink, let width):
            for (from, to) in zip(points, points.dropFirst()) { line(from, to, ink.onWhite, width: width) }
        case .dot(let at, let radius, let ink, let opacity):
            dot(at, radius: radius, Color(0xFFFFFF).mixed(with: ink.onWhite, opacity))
        case .text(let text): write(text)
        case .hint: break
        }
    }

    private mutating func fill(_ columns: Range<Int>, _ rows: Range<Int>, _ color: Color) {
        let columns = columns.clamped(to: 0..<width)
        for y in rows.clamped(to: 0..<height) {
            for x in columns { set(x, y, color) }
        }
    }

    private mutating func set(_ x: Int, _ y: Int, _ color: Color) {
        guard (0..<width).contains(x), (0..<height).contains(y) else { return }
        let place = (y * width + x) * 3
        pixels[place] = color.red
        pixels[place + 1] = color.green
        pixels[place + 2] = color.blue
    }

    private mutating func line(_ from: Figure.Point, _ to: Figure.Point, _ color: Color, width: Double) {
        let size = max(1, Self.pixels(width))
        let steps = max(Self.pixels(max((to.x - from.x).magnitude, (to.y - from.y).magnitude)), 1)
        for step in 0...steps {
            let fraction = Double(step) / Double(steps)
            let x = Self.pixels(from.x + (to.x - from.x) * fraction) - size / 2
            let y = Self.pixels(from.y + (to.y - from.y) * fraction) - size / 2
            fill(x..<x + size, y..<y + size, color)
        }
    }

    private mutating func dot(_ at: Figure.Point, radius: Double, _ color: Color) {
        let (x, y, r) = (Self.pixels(at.x), Self.pixels(at.y), max(1, Self.pixels(radius)))
        for dy in -r...r {
            for dx in -r...r where dx * dx + dy * dy <= r * r { set(x + dx, y + dy, color) }
        }
    }

    private mutating func write(_ text: Figure.Text) {
        // The glyphs suit small text; larger text has them twice as large.
        let zoom = text.size >= 11 ? 2 : 1
        let scalars = Array(text.string.unicodeScalars)
        let length = scalars.count * BitmapGlyphs.width * zoom
        let shift =
            switch text.anchor {
            case .start: 0
            case .middle: length / 2
            case .end: length
            }
        let (x, y) = (Self.pixels(text.at.x), Self.pixels(text.at.y))
        for (index, scalar) in scalars.enumerated() {
            let start = index * BitmapGlyphs.width * zoom - shift
            for (row, bits) in BitmapGlyphs.rows(of: scalar).enumerated() {
                for column in 0..<BitmapGlyphs.width where bits & 0x80 >> UInt8(column) != 0 {
                    let (along, across) = (start + column * zoom, (row - BitmapGlyphs.ascent) * zoom)
                    for dx in 0..<zoom {
                        for dy in 0..<zoom {
                            // Reading upwards, what was to the right is above.
                            if text.isUpright {
                                set(x + across + dy, y - along - dx, text.ink.onWhite)
                            } else {
                                set(x + along + dx, y + across + dy, text.ink.onWhite)
                            }
                        }
                    }
                }
            }
        }
    }
}
