import InferenceEngine
import MoDModel
import Testing

@Suite("Partial selection")
struct TopSelectionTests {
    @Test("selects what sorting the whole vocabulary would, ties by id", arguments: UInt64(0)..<40)
    func likeSorting(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        // Few different values, so that ties are everywhere.
        let values: UInt64 = seed % 2 == 0 ? 4 : 1000
        let logits = (0..<257).map { _ in Float(random.next() % values) - 2 }
        let count = Int(random.next() % 300)
        let ranked = logits.enumerated().map { RankedToken(id: Int32($0.offset), value: $0.element) }
            .sorted { ($1.value, $0.id) < ($0.value, $1.id) }
        var selection = TopSelection()
        let selected = logits.withUnsafeBufferPointer { selection.select(count, from: $0) }
        #expect(selected == Array(ranked.prefix(count)))
    }

    @Test(
        "finds the same where whole segments are passed over, and after some values changed",
        arguments: 0..<40)
    func segments(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        let different: UInt64 = seed % 2 == 0 ? 4 : 100_000
        // Up to some forty segments, the last of them short.
        var values = (0..<2600 + seed).map { _ in Float(random.next() % different) - 2 }
        var logits = Logits()
        values.withUnsafeBufferPointer { logits.load($0) }
        let changed = (0..<30).map { _ in Int32(random.next() % UInt64(values.count)) }
        let lowered = changed + [.max, -1]
        logits.alter(lowered[...]) { altered in
            for id in changed { altered[Int(id)] -= 3 }
        }
        for id in changed { values[Int(id)] -= 3 }
        let count = Int(random.next() % 60)
        var selection = TopSelection()
        let expected = values.withUnsafeBufferPointer { selection.select(count, from: $0) }
        #expect(logits.ranking(count) == expected)
    }

    @Test("leaves out impossible tokens, and starts afresh every time")
    func impossible() {
        var selection = TopSelection()
        let logits: [Float] = [-.infinity, 4, -.infinity, 2]
        for _ in 0..<2 {
            let ids = logits.withUnsafeBufferPointer { selection.select(3, from: $0) }.map(\.id)
            #expect(ids == [1, 3])
        }
        #expect(logits.withUnsafeBufferPointer { selection.select(0, from: $0) }.isEmpty)
    }
}
