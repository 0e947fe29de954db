import CInt8Kernels

/// What a span of the cache holds of every position.
enum CachePart: CaseIterable {
    case key, value
}

/// Reads a span of one head, by the format's description alone: four panels of 16 keys, then four of 16 values, each
/// followed by its scales.
struct CacheSpan {
    let headLength: Int
    let bytes: [UInt8]

    private func panel(_ part: CachePart, _ position: Int) -> Int {
        (position / 16 + (part == .key ? 0 : 4)) * 17 * headLength
    }

    /// The int8 at a place.
    func integer(_ part: CachePart, position: Int, column: Int) -> Int8 {
        let slot = position % 16
        let place =
            switch part {
            case .key: (column / 4 * 16 + slot) * 4 + column % 4
            case .value: (slot / 4 * headLength + column) * 4 + slot % 4
            }
        return Int8(bitPattern: bytes[panel(part, position) + place])
    }

    /// The bits of a group's scale.
    func scaleBits(_ part: CachePart, position: Int, column: Int) -> UInt16 {
        let place = panel(part, position) + 16 * headLength + (column / 32 * 16 + position % 16) * 2
        return UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8
    }

    func row(_ part: CachePart, _ position: Int) -> [Double] {
        (0..<headLength).map {
            Double(integer(part, position: position, column: $0))
                * Half.value(scaleBits(part, position: position, column: $0))
        }
    }
}
