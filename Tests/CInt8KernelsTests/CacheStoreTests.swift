import CInt8Kernels
import TestSupport
import Testing

@Suite("Storing keys and values")
struct CacheStoreTests {
    static let headLengths = [32, 64, 96, 160]

    /// A row for every position of a span; they differ in size, and there are extreme groups among them.
    private static func rows(_ headLength: Int) -> [[Float]] {
        var random = SeededGenerator(seed: 31)
        return (0..<Int(INT8_ATTENTION_SPAN)).map { position in
            let usual = random.floats(headLength, spread: 0.001 * Float(1 << (position % 16)))
            guard position < Extreme.finite.count else { return usual }
            return Extreme.finite[position].group + usual.dropFirst(32)
        }
    }

    /// A whole span, beginning from what no kernel writes.
    private static func span(_ rows: [[Float]], _ parts: [CachePart], by set: KernelSet) -> CacheSpan {
        let headLength = rows[0].count
        var bytes = [UInt8](repeating: 0x80, count: int8_cache_span_bytes(headLength))
        for (position, row) in rows.enumerated() {
            for part in parts {
                set.store(row, as: part, position: position, in: &bytes)
            }
        }
        return CacheSpan(headLength: headLength, bytes: bytes)
    }

    @Test("Every set gives the same bits", arguments: KernelSet.all, CachePart.allCases)
    func identity(set: KernelSet, part: CachePart) {
        for headLength in Self.headLengths {
            let rows = Self.rows(headLength)
            #expect(Self.span(rows, [part], by: set).bytes == Self.span(rows, [part], by: .portable).bytes)
        }
    }

    @Test("Numbers that are not finite count as 0, the same everywhere", arguments: KernelSet.all)
    func nonFinite(set: KernelSet) {
        let parts = CachePart.allCases
        let rows = Extreme.nonFinite
        let span = Self.span(rows, parts, by: set)
        #expect(span.bytes == Self.span(rows, parts, by: .portable).bytes)
        let zeroed = rows.map { $0.map { $0.isFinite ? $0 : 0 } }
        #expect(span.bytes == Self.span(zeroed, parts, by: set).bytes)
    }

    /// The scale is the nearest half of max / 127; rounding to the nearest step is off by half of one, and the
    /// largest by what the rounding of the scale leaves beyond 127 steps.
    @Test("Each number is kept to half a step, in its own place", arguments: CachePart.allCases)
    func error(part: CachePart) {
        for headLength in Self.headLengths {
            let rows = Self.rows(headLength)
            let span = Self.span(rows, CachePart.allCases, by: .portable)
            for (position, row) in rows.enumerated() {
                for (column, x) in row.enumerated() {
                    let group = row[(column / 32 * 32)..<(column / 32 * 32 + 32)]
                    let largest = group.reduce(0) { max($0, $1.magnitude) }
                    let bits = span.scaleBits(part, position: position, column: column)
                    #expect(bits == Half.nearest(min(largest / 127, 65504)))
                    let integer = Int(span.integer(part, position: position, column: column))
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

    /// The largest value of a group is chosen so that ÷ 127 gives what lies half-way between two halves, and the floats
    /// beside it.
    @Test("Scales go to the nearest half, ties to even", arguments: KernelSet.all)
    func scales(set: KernelSet) {
        var wrong: [Float] = []
        for bits in stride(from: 0, to: 0x7bff, by: 7) {
            let middle = Float((Half.magnitudes[bits] + Half.magnitudes[bits + 1]) / 2)
            for scale in [Float(Half.magnitudes[bits]), middle.nextDown, middle, middle.nextUp] {
                // 127 · scale is a float only sometimes, so what is asked of the kernel is what it divides.
                let largest = 127 * scale
                var bytes = [UInt8](repeating: 0, count: int8_cache_span_bytes(32))
                set.store([largest] + [Float](repeating: 0, count: 31), as: .key, position: 0, in: &bytes)
                let span = CacheSpan(headLength: 32, bytes: bytes)
                let expected = Half.nearest(min(largest / 127, 65504))
                if span.scaleBits(.key, position: 0, column: 0) != expected { wrong.append(scale) }
            }
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(5))")
    }

    @Test("A position touches nothing but its own place", arguments: KernelSet.all, CachePart.allCases)
    func neighbours(set: KernelSet, part: CachePart) {
        let before = Self.span(Self.rows(64), CachePart.allCases, by: set)
        var bytes = before.bytes
        set.store([Float](repeating: 5, count: 64), as: part, position: 22, in: &bytes)
        let after = CacheSpan(headLength: 64, bytes: bytes)
        let five = [Double](repeating: 127 * Half.value(Half.nearest(5.0 / 127)), count: 64)
        for position in 0..<64 {
            for other in CachePart.allCases {
                let isMeant = other == part && position == 22
                #expect(after.row(other, position) == (isMeant ? five : before.row(other, position)))
            }
        }
    }
}
