import MoDModel
import TestSupport
import Testing

@Suite("The cache", .serialized)
struct CacheTests {
    @Test("After a cut, going on is the same as never having gone there", arguments: Variant.all)
    func truncation(variant: Variant) throws {
        let model = try variant.model()
        let tokens = model.tokens(40)
        let detour = model.tokens(25, seed: 2)
        for capacity in Variant.capacities {
            let straight = try model.session(capacity: capacity).feed(tokens)
            for cut in [0, 1, 3, 17, 30] {
                let session = try model.session(capacity: capacity)
                try session.feed(Array(tokens[..<cut]) + detour, chunks: [5, 1])
                session.truncate(to: cut)
                #expect(session.position == cut)
                let rest = try session.feed(Array(tokens[cut...]), chunks: [4, 9])
                #expect(rest.difference(from: straight.suffix(from: cut)) == nil, "cut at \(cut)")
            }
        }
    }

    @Test("A cut never lengthens, nor goes below zero")
    func cutsOutside() throws {
        let model = try ModelParts().open()
        let session = try model.session()
        try session.feed(model.tokens(5))
        session.truncate(to: 9)
        #expect(session.position == 5)
        session.truncate(to: -3)
        #expect(session.position == 0)
    }

    @Test("The dial moves and moves back: the cache before it is untouched", arguments: Variant.all)
    func dialAndCut(variant: Variant) throws {
        let model = try variant.model()
        let tokens = model.tokens(45)
        let still = try model.session(capacity: .dense).feed(tokens)
        let session = try model.session(capacity: .dense)
        try session.feed(Array(tokens[..<15]))
        for capacity in Variant.capacities + Variant.capacities.reversed() {
            session.capacity = capacity
            try session.feed(Array(tokens[session.position..<session.position + 2]))
        }
        session.capacity = .dense
        session.truncate(to: 15)
        let rest = try session.feed(Array(tokens[15...]), chunks: [8, 1])
        #expect(rest.difference(from: still.suffix(from: 15)) == nil)
    }

    @Test("The dial moves mid-stream, and generation goes on over a whole cache", arguments: Gate.allCases)
    func dialGoesOn(gate: Gate) throws {
        let model = try Variant(gate: gate, kv: .all).model()
        let tokens = model.tokens(40)
        let session = try model.session(capacity: .dense)
        let first = try session.feed(Array(tokens[..<10]))
        session.capacity = try #require(Capacity(0))
        let low = try session.feed(Array(tokens[10..<20]))
        #expect(low.routings.contains { $0.depth < 5 })
        session.capacity = .dense
        let after = try session.feed(Array(tokens[20...]))
        #expect(after.routings.allSatisfy { $0.depth == 5 })
        #expect(after.logits.joined().allSatisfy { $0.isFinite })
        // Every token has keys and values at every block, so the routes taken account for all of it.
        let taken = first.routings + low.routings + after.routings
        let outcome = try ReferenceModel(model).run(tokens, along: taken)
        for (logits, exact) in zip(after.logits, outcome.logits[20...]) {
            for (a, b) in zip(logits, exact) {
                #expect((Double(a) - b).magnitude <= ReferenceTests.tolerance.logit)
            }
        }
        for block in 0..<5 {
            #expect(session.work(of: .key, block: block).tokens == 40)
            #expect(session.work(of: .value, block: block).tokens == 40)
        }
    }

    @Test("A trace keeps the thresholds in force when its token came")
    func thresholdsOfTheTime() throws {
        let model = try Variant.all[0].model()
        let session = try model.session(capacity: Capacity(0.5))
        try session.forward(model.tokens(4)[...], logits: .none)
        let before = session.routing(row: 3)
        session.capacity = .dense
        #expect(session.routing(row: 3) == before)
        #expect(
            before.thresholds
                == (0..<3).map { model.thresholds.thresholds(block: $0, at: Capacity(0.5) ?? .dense) })
    }
}
