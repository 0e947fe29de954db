/// Red, green and blue, 0 to 255 each.
struct RGB: Sendable, Hashable {
    var red: Int
    var green: Int
    var blue: Int

    init(_ red: Int, _ green: Int, _ blue: Int) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// A colour as xterm shows it; nil for the terminal's own.
    init?(_ color: Color) {
        switch color {
        case .standard: return nil
        case .indexed(let index): self.init(index: index)
        case .shade(let step): self.init(shade: step)
        }
    }

    /// The system colours as xterm shows them.
    static let system: [RGB] = [
        RGB(0, 0, 0), RGB(205, 0, 0), RGB(0, 205, 0), RGB(205, 205, 0), RGB(0, 0, 238), RGB(205, 0, 205),
        RGB(0, 205, 205), RGB(229, 229, 229), RGB(127, 127, 127), RGB(255, 0, 0), RGB(0, 255, 0),
        RGB(255, 255, 0), RGB(92, 92, 255), RGB(255, 0, 255), RGB(0, 255, 255), RGB(255, 255, 255),
    ]

    /// A colour of the xterm palette.
    private init(index: UInt8) {
        switch index {
        case ..<16: self = RGB.system[Int(index)]
        case 232...:
            let grey = 8 + 10 * Int(index - 232)
            self.init(grey, grey, grey)
        default:
            let place = Int(index) - 16
            self.init(
                RGB.levels[place / 36], RGB.levels[place / 6 % 6], RGB.levels[place % 6])
        }
    }

    /// The levels of a colour in the palette's cube.
    private static let levels = [0, 95, 135, 175, 215, 255]

    /// Nine colours of viridis (N. Smith and S. van der Walt, 2015), evenly spaced; those between lie on lines.
    private static let viridis = [
        RGB(68, 1, 84), RGB(71, 44, 122), RGB(59, 81, 139), RGB(44, 113, 142), RGB(33, 144, 141),
        RGB(39, 173, 129), RGB(92, 200, 99), RGB(170, 220, 50), RGB(253, 231, 37),
    ]

    private init(shade: UInt8) {
        let place =
            Double(min(shade, Color.lastShade)) / Double(Color.lastShade) * Double(RGB.viridis.count - 1)
        let below = min(Int(place), RGB.viridis.count - 2)
        let (low, high) = (RGB.viridis[below], RGB.viridis[below + 1])
        func between(_ part: KeyPath<RGB, Int>) -> Int {
            let fraction = place - Double(below)
            return Int(
                (Double(low[keyPath: part]) * (1 - fraction) + Double(high[keyPath: part]) * fraction)
                    .rounded())
        }
        self.init(between(\.red), between(\.green), between(\.blue))
    }

    /// The system colour nearest to this one, among the first `count`.
    func nearestSystemColor(of count: Int) -> UInt8 {
        let distances = RGB.system.prefix(count).map { color in
            let (red, green, blue) = (color.red - self.red, color.green - self.green, color.blue - self.blue)
            return red * red + green * green + blue * blue
        }
        return UInt8(distances.indices.min { distances[$0] < distances[$1] } ?? 7)
    }

    /// The index of the colour of the palette's cube nearest to this one.
    var nearestOfCube: UInt8 {
        func step(_ value: Int) -> Int {
            RGB.levels.indices.min { abs(RGB.levels[$0] - value) < abs(RGB.levels[$1] - value) } ?? 0
        }
        return UInt8(16 + 36 * step(red) + 6 * step(green) + step(blue))
    }
}
