/// Colours for values, which those with any of the usual colour-vision deficiencies can tell apart, and which stay in
/// order when printed in grey.
public enum Palette: String, Sendable, Hashable, CaseIterable {
    /// Matplotlib's viridis: violet, green, yellow.
    case viridis
    /// cividis (Nuñez, Anderton and Renslow 2018): blue to yellow, nearly the same with and without red-green
    /// deficiency.
    case cividis
    /// Light to dark grey.
    case grey

    /// How many colours a picture has at most for one palette: more than eyes tell apart.
    private static let steps = 48.0

    /// The colour of a value, 0…1; what lies outside has that of the nearer end.
    func color(_ value: Double) -> Color {
        let stops = stops
        let step = (min(max(value, 0), 1) * Self.steps).rounded() / Self.steps
        let place = step * Double(stops.count - 1)
        let lower = min(Int(place), stops.count - 2)
        return Color(stops[lower]).mixed(with: Color(stops[lower + 1]), place - Double(lower))
    }

    /// The colour of a value that lies below or above something, −1…1: blue, white, orange.
    static func diverging(_ value: Double) -> Color {
        let step = (min(max(value, -1), 1) * steps / 2).rounded() / (steps / 2)
        let stops: [UInt32] = step < 0 ? [0xF7F7F7, 0x92C5DE, 0x2166AC] : [0xF7F7F7, 0xFDB863, 0xB35806]
        let place = step.magnitude * 2
        let lower = min(Int(place), 1)
        return Color(stops[lower]).mixed(with: Color(stops[lower + 1]), place - Double(lower))
    }

    /// The colour of a grade: the deeper, the darker, and what bypassed is nearly the page.
    func color(of grade: Int) -> Color {
        switch grade {
        case 0: Color(0xECECEC)
        case 1: self == .grey ? Color(0x9A9A9A) : color(0.66)
        default: self == .grey ? Color(0x303030) : color(0.22)
        }
    }

    /// A colour for what has no value, seen on light and on dark.
    var accent: Color {
        switch self {
        case .viridis: color(0.52)
        case .cividis: Color(0x5A7FB5)
        case .grey: Color(0x808080)
        }
    }

    private var stops: [UInt32] {
        switch self {
        case .viridis:
            [
                0x440154, 0x481A6C, 0x472F7D, 0x414487, 0x39568C, 0x31688E, 0x2A788E, 0x23888E, 0x1F988B,
                0x22A884, 0x35B779, 0x54C568, 0x7AD151, 0xA5DB36, 0xD2E21B, 0xFDE725,
            ]
        case .cividis:
            [
                0x00224E, 0x002E6C, 0x1B3B6E, 0x35476C, 0x49536C, 0x5A606E, 0x696C71, 0x787877, 0x878479,
                0x979177, 0xA89E73, 0xB9AB6C, 0xCBBA62, 0xDDC854, 0xF0D840, 0xFEE838,
            ]
        case .grey: [0xF0F0F0, 0x101010]
        }
    }
}
