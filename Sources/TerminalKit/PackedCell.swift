/// One cell as a frame keeps it: eight bytes, so that a picture is one small piece of memory, and two pictures are
/// compared a word a cell.
///
/// From the lowest bit: the glyph (32 bits), the columns it takes (8), the foreground and the background (9 each: 0 is
/// the terminal's own, an index counts from 1, a shade from 257), the attributes (6). The glyph is a scalar's value, 0
/// to the right of a wide character, or, with its highest bit set, the place of a longer cluster in the frame's list.
struct PackedCell: Sendable, Hashable {
    private let bits: UInt64

    /// An empty cell in the terminal's own look.
    static let blank = PackedCell(scalar: " ", columns: 1, style: .plain)

    private static let clusterMark: UInt32 = 1 << 31
    private static let styleShift: UInt64 = 40
    private static let colorBits: UInt64 = 9
    private static let firstShade: UInt64 = 257

    init(scalar: Unicode.Scalar, columns: Int, style: Style) {
        self.init(glyph: scalar.value, columns: columns, style: style)
    }

    /// A cell that shows a cluster of several scalars, which is at this place of the frame's list.
    init(cluster: Int, columns: Int, style: Style) {
        self.init(glyph: Self.clusterMark | UInt32(cluster), columns: columns, style: style)
    }

    /// The cell to the right of a wide character.
    static func continuation(style: Style) -> PackedCell {
        PackedCell(glyph: 0, columns: 0, style: style)
    }

    /// A cell that shows a space.
    static func space(style: Style) -> PackedCell {
        PackedCell(scalar: " ", columns: 1, style: style)
    }

    private init(glyph: UInt32, columns: Int, style: Style) {
        let look =
            Self.code(of: style.foreground) | Self.code(of: style.background) << Self.colorBits
            | UInt64(style.attributes.rawValue & 63) << (2 * Self.colorBits)
        bits = UInt64(glyph) | UInt64(UInt8(columns)) << 32 | look << Self.styleShift
    }

    private static func code(of color: Color) -> UInt64 {
        switch color {
        case .standard: 0
        case .indexed(let index): UInt64(index) + 1
        case .shade(let step): firstShade + UInt64(min(step, Color.lastShade))
        }
    }

    private static func color(of code: UInt64) -> Color {
        let code = code & (1 << colorBits - 1)
        if code >= firstShade { return .shade(UInt8(code - firstShade)) }
        return code == 0 ? .standard : .indexed(UInt8(code - 1))
    }

    private var glyph: UInt32 { UInt32(truncatingIfNeeded: bits) }

    /// The scalar the cell shows; nil where it shows none or several.
    var scalar: Unicode.Scalar? { glyph == 0 ? nil : Unicode.Scalar(glyph) }

    /// The place in the frame's list of the cluster of several scalars that the cell shows; nil where it shows none.
    var cluster: Int? { glyph & Self.clusterMark == 0 ? nil : Int(glyph & ~Self.clusterMark) }

    var columns: Int { Int(bits >> 32 & 0xFF) }

    /// The bits of the cell's style, equal where styles are.
    var look: UInt32 { UInt32(truncatingIfNeeded: bits >> Self.styleShift) }

    var style: Style {
        let look = UInt64(look)
        return Style(
            foreground: Self.color(of: look), background: Self.color(of: look >> Self.colorBits),
            attributes: Style.Attributes(rawValue: UInt8(look >> (2 * Self.colorBits))))
    }

    /// Whether two cells have the same style and width, whatever they show.
    func isLike(_ other: PackedCell) -> Bool { bits >> 32 == other.bits >> 32 }

    /// A cell that shows what this one shows in another style.
    func styled(_ style: Style) -> PackedCell { PackedCell(glyph: glyph, columns: columns, style: style) }

    /// A cell like this one, for a frame in whose list the cluster is at another place.
    func withCluster(_ place: Int) -> PackedCell {
        PackedCell(cluster: place, columns: columns, style: style)
    }
}
