import MoDModel
import TestSupport
import Testing

/// A bypassed token costs nothing: the rows that each matrix multiplied are counted.
@Suite("Skipping", .serialized)
struct SkippingTests {
    @Test("Matrices multiply the processed rows and no other", arguments: Variant.all, Variant.capacities)
    func rows(variant: Variant, capacity: Capacity) throws {
        let model = try variant.model()
        for (threads, chunk) in [(1, 40), (1, 1), (2, 20)] {
            let session = try model.session(threads: threads, capacity: capacity)
            let record = try session.feed(model.tokens(40), chunks: [chunk])
            for (block, work) in session.matrixWork.enumerated() {
                let processed = record.routings.count { $0.processed[block] }
                let isRouted = model.description.routedBlocks.contains(block)
                #expect(isRouted || processed == 40)
                let cached = variant.kv == .all ? 40 : processed
                #expect(work.query == processed && work.attentionOutput == processed)
                #expect(work.gate == processed && work.up == processed && work.down == processed)
                #expect(work.key == cached && work.value == cached)
            }
        }
    }

    @Test("At capacity 0 only anchors are processed", arguments: Variant.all)
    func anchorsOnly(variant: Variant) throws {
        let model = try variant.model()
        let session = try model.session(capacity: Capacity(0))
        session.policy = .thresholds(Array(repeating: .infinity, count: 3))
        let record = try session.feed(model.tokens(20), chunks: [6])
        for (position, routing) in record.routings.enumerated() {
            #expect(routing.depth == (position < 2 ? 5 : 2))
        }
        #expect(session.matrixWork[1].query == 2 && session.matrixWork[0].query == 20)
    }

    @Test("A dense model has no work to save")
    func dense() throws {
        let model = try ModelParts().dense().open()
        let session = try model.session(capacity: Capacity(0.25))
        let record = try session.feed(model.tokens(10), chunks: [4])
        #expect(record.routings.allSatisfy { $0.depth == 4 && $0.scores.isEmpty && $0.thresholds.isEmpty })
        #expect(session.matrixWork.allSatisfy { $0.query == 10 && $0.key == 10 && $0.down == 10 })
    }
}
