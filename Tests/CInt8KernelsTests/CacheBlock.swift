import CInt8Kernels

/// What a block of the cache may hold.
enum CachePart: CaseIterable {
    case key, value
}

/// Reads a block of keys or values of one head: from the format's description alone.
struct CacheBlock {
    let part: CachePart
    let headLength: Int
    let bytes: [UInt8]

    private static let positions = 16

    /// The int8 at a place.
    func integer(position: Int, column: Int) -> Int8 {
        let place: Int
        switch part {
        case .key: place = (column / 4 * Self.positions + position) * 4 + column % 4
        case .value: place = (position / 4 * headLength + column) * 4 + position % 4
        }
        return Int8(bitPattern: bytes[place])
    }

    /// The bits of a group's scale.
    func scaleBits(position: Int, column: Int) -> UInt16 {
        let place = Self.positions * headLength + (column / 32 * Self.positions + position) * 2
        return UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8
    }

    func row(_ position: Int) -> [Double] {
        (0..<headLength).map {
            Double(integer(position: position, column: $0))
                * Half.value(scaleBits(position: position, column: $0))
        }
    }
}
