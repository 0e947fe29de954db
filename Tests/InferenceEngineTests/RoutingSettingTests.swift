import Conversations
import InferenceEngine
import MoDModel
import TestSupport
import Testing

@Suite("Tokens say what they were routed by")
struct RoutingSettingTests {
    private let half = Capacity(0.5) ?? .dense
    private let quarter = Capacity(0.25) ?? .dense

    private func greedy(_ count: Int) -> SamplingOptions {
        SamplingOptions(temperature: 0, seed: 1, maximumTokens: count)
    }

    /// A model that writes on, whatever it is asked.
    private func tiny() throws -> Tiny {
        var shape = TinyModel()
        shape.contextLength = 128
        shape.thinLength = 32
        return try Tiny(shape)
    }

    @Test("A dial turned between two tokens holds from the next one on", arguments: [false, true])
    func turns(drafts: Bool) throws {
        let tiny = try tiny()
        var context = CachedContext(try tiny.session())
        let speculation = Speculation(
            promptLookup: false,
            selfSpeculation: drafts
                ? SelfSpeculation(draftTokens: 3, draftCapacity: Capacity(0) ?? .dense) : nil)
        let told = try tiny.write(tiny.prompt("hello"), greedy(24), speculation, at: half, in: &context) {
            told, desk in
            if told.reply.count == 8 { desk.capacity = quarter }
            if told.reply.count == 16 { desk.policy = .table }
        }
        #expect(told.prompt.allSatisfy { $0.capacity == half && $0.policy == .held })
        for (place, token) in told.reply.enumerated() {
            #expect(token.capacity == (place < 8 ? half : quarter), "token \(place)")
            #expect(token.policy == (place < 16 ? .held : .table), "token \(place)")
        }
        for token in told.reply.dropFirst(16) {
            let thresholds = (0..<2).map { tiny.model.thresholds.thresholds(block: $0, at: quarter) }
            #expect(token.routing.map { $0.thresholds == thresholds } ?? true)
        }
        try #require(told.reply.count > 16)
    }

    @Test("A budget is kept in a reply")
    func budget() throws {
        let tiny = try tiny()
        var context = CachedContext(try tiny.session())
        var isSpent = false
        let told = try tiny.write(tiny.prompt("hello"), greedy(60), at: quarter, in: &context) { _, desk in
            desk.policy = .budget(window: 8)
        }
        let routings = told.reply.compactMap { token in
            token.policy == .budget(window: 8) ? token.routing : nil
        }
        try #require(routings.count > 30)
        let thinWork = tiny.model.description.weights.thinWork
        for block in tiny.model.description.routedBlocks {
            for start in 0...(routings.count - 8) {
                let work = routings[start..<start + 8].reduce(0) {
                    $0 + $1.work(at: [block], thinWork: thinWork)
                }
                #expect(work <= 2)
            }
            isSpent = isSpent || routings.contains { $0.reasons.contains(.budget) }
        }
        #expect(isSpent, "the budget had something to refuse")
    }

    @Test("The engine takes a policy at any time")
    func engine() async throws {
        let tiny = try tiny()
        let engine = try tiny.engine()
        #expect(engine.policy == .held)
        engine.setCapacity(half)
        engine.setPolicy(.random(seed: 3))
        #expect(engine.policy == .random(seed: 3))
        let told = await Told(engine.generate(Tiny.asking("hello"), sampling: greedy(10)))
        let reasons = told.reply.compactMap(\.routing).flatMap(\.reasons)
        #expect(!reasons.isEmpty && reasons.allSatisfy { $0 == .chance })
        #expect(told.reply.allSatisfy { $0.policy == .random(seed: 3) && $0.capacity == half })
    }
}
