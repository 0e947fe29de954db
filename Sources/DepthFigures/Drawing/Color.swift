/// A colour in sRGB.
struct Color: Sendable, Hashable {
    var red: UInt8
    var green: UInt8
    var blue: UInt8

    init(_ hex: UInt32) {
        red = UInt8(hex >> 16 & 0xFF)
        green = UInt8(hex >> 8 & 0xFF)
        blue = UInt8(hex & 0xFF)
    }

    /// `#rrggbb`.
    var hex: String {
        "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The colour at a fraction of the way to another one.
    func mixed(with other: Color, _ fraction: Double) -> Color {
        func mix(_ a: UInt8, _ b: UInt8) -> UInt8 {
            UInt8((Double(a) + (Double(b) - Double(a)) * fraction).rounded())
        }
        var color = self
        color.red = mix(red, other.red)
        color.green = mix(green, other.green)
        color.blue = mix(blue, other.blue)
        return color
    }

    /// Black or white, whichever stands out from this colour.
    var contrast: Color {
        let luma = 0.299 * Double(red) + 0.587 * Double(green) + 0.114 * Double(blue)
        return Color(luma > 128 ? 0x000000 : 0xFFFFFF)
    }
}

/// What something is drawn with: a colour, or one that goes with the page, light or dark.
enum Ink: Sendable, Hashable {
    /// Text and axes.
    case ink
    /// What matters less.
    case muted
    /// Grid lines, and what has no value.
    case faint
    /// The background.
    case paper
    /// The same colour on every page.
    case color(Color)

    /// The colour on a white page.
    var onWhite: Color {
        switch self {
        case .ink: Color(0x1A1A1A)
        case .muted: Color(0x5F5F5F)
        case .faint: Color(0xE4E4E4)
        case .paper: Color(0xFFFFFF)
        case .color(let color): color
        }
    }
}
