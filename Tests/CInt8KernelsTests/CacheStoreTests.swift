import CInt8Kernels
import TestSupport
import Testing

@Suite("Storing keys and values")
struct CacheStoreTests {
    static let headLengths = [32, 64, 96, 160]

    /// Sixteen rows that differ in size, with extreme groups among them.
    private static func rows(_ headLength: Int) -> [[Float]] {
        var random = SeededGenerator(seed: 31)
        return (0..<16).map { position in
            let usual = random.floats(headLength, spread: 0.001 * Float(1 << position))
            guard position < Extreme.finite.count else { return usual }
            return Extreme.finite[position].group + usual.dropFirst(32)
        }
    }

    /// A whole block, beginning from what no kernel writes.
    private static func block(_ rows: [[Float]], _ part: CachePart, by set: KernelSet) -> CacheBlock {
        let headLength = rows[0].count
        var bytes = [UInt8](repeating: 0x80, count: int8_cache_block_bytes(headLength))
        for (position, row) in rows.enumerated() {
            set.store(row, as: part, position: position, in: &bytes)
        }
        return CacheBlock(part: part, headLength: headLength, bytes: bytes)
    }

    @Test("Every set gives the same bits", arguments: KernelSet.all, CachePart.allCases)
    func identity(set: KernelSet, part: CachePart) {
        for headLength in Self.headLengths {
            let rows = Self.rows(headLength)
            #expect(Self.block(rows, part, by: set).bytes == Self.block(rows, part, by: .portable).bytes)
        }
    }

    @Test("Numbers that are not finite are survived, the same everywhere", arguments: KernelSet.all)
    func nonFinite(set: KernelSet) {
        for part in CachePart.allCases {
            #expect(
                Self.block(Extreme.nonFinite, part, by: set).bytes
                    == Self.block(Extreme.nonFinite, part, by: .portable).bytes)
        }
    }

    /// The scale is the nearest half of max / 127; rounding to the nearest step is off by half of one, and the
    /// largest by what the rounding of the scale leaves beyond 127 steps.
    @Test("Each number is kept to half a step, in its own place", arguments: CachePart.allCases)
    func error(part: CachePart) {
        for headLength in Self.headLengths {
            let rows = Self.rows(headLength)
            let block = Self.block(rows, part, by: .portable)
            for (position, row) in rows.enumerated() {
                for (column, x) in row.enumerated() {
                    let group = row[(column / 32 * 32)..<(column / 32 * 32 + 32)]
                    let largest = group.reduce(0) { max($0, $1.magnitude) }
                    let bits = block.scaleBits(position: position, column: column)
                    #expect(bits == Half.nearest(min(largest / 127, 65504)))
                    let integer = Int(block.integer(position: position, column: column))
                    #expect((-127...127).contains(integer))
                    let scale = Half.value(bits)
                    guard scale > 0 else {
                        #expect(integer == 0)
                        continue
                    }
                    let steps = min(max(Double(x) / scale, -127), 127)
                    #expect((steps - Double(integer)).magnitude <= 0.5001, "\(x) in steps of \(scale)")
                }
            }
        }
    }

    @Test("A group touches nothing but its own place", arguments: KernelSet.all, CachePart.allCases)
    func neighbours(set: KernelSet, part: CachePart) {
        let rows = Self.rows(64)
        let before = Self.block(rows, part, by: set)
        var bytes = before.bytes
        set.store([Float](repeating: 5, count: 64), as: part, position: 6, in: &bytes)
        let after = CacheBlock(part: part, headLength: 64, bytes: bytes)
        for position in 0..<16 {
            let expected =
                position == 6
                ? [Double](repeating: 127 * Half.value(Half.nearest(5.0 / 127)), count: 64)
                : before.row(position)
            #expect(after.row(position) == expected)
        }
    }
}
