import MoDModel
import TestSupport
import Testing

@Suite("Grades given in place of the policy's")
struct GradeOverrideTests {
    private static let policies: [RoutingPolicy] = [.held, .table, .budget(window: 8), .random(seed: 3)]

    @Test(
        "The grades that tokens had give the same bits, whatever the policy and the chunks",
        arguments: Variant.all)
    func sameGrades(variant: Variant) throws {
        let model = try variant.model()
        let tokens = model.tokens(60)
        for policy in Self.policies {
            let record = try model.session(capacity: Capacity(0.5), policy: policy).feed(tokens, chunks: [7])
            // The dial stands elsewhere, and may stand at the dense model.
            for (capacity, other, chunk) in [
                (0.25, RoutingPolicy.held, 20), (1, .table, 1), (0.1, .budget(window: 4), 9),
            ] {
                let session = try model.session(capacity: Capacity(capacity), policy: other)
                session.gradeOverride = GradeOverride(
                    from: 0, tokens: record.routings.map(\.grades), routed: model.description.routedBlocks)
                let again = try session.feed(tokens, chunks: [chunk])
                #expect(again.routings.map(\.grades) == record.routings.map(\.grades))
                #expect(again.routings.map(\.scores) == record.routings.map(\.scores))
                #expect(again.logits == record.logits)
                #expect((0..<60).map { session.grades(position: $0) } == record.routings.map(\.grades))
            }
        }
    }

    @Test("All in full is capacity 1 for that token, with the cache as it is", arguments: Variant.all)
    func allFull(variant: Variant) throws {
        let model = try variant.model()
        let tokens = model.tokens(30)
        func session() throws -> ModelSession {
            let session = try model.session(capacity: Capacity(0.25), policy: .held)
            try session.feed(Array(tokens.dropLast()), chunks: [10])
            return session
        }
        let (dense, forced) = (try session(), try session())
        dense.capacity = .dense
        try dense.forward(tokens[29...], logits: .last)
        forced.gradeOverride = GradeOverride(
            from: 29, tokens: [Array(repeating: .full, count: 5)], routed: model.description.routedBlocks)
        try forced.forward(tokens[29...], logits: .last)
        #expect(forced.withLogits(row: 0) { Array($0) } == dense.withLogits(row: 0) { Array($0) })
        #expect(forced.routing(row: 0).grades.allSatisfy { $0 == .full })
        let plain = try session()
        try plain.forward(tokens[29...], logits: .last)
        #expect(plain.withLogits(row: 0) { Array($0) } != dense.withLogits(row: 0) { Array($0) })
    }

    @Test("One block of one token changes, and nothing before it", arguments: Variant.graded, Grade.allCases)
    func oneBlock(variant: Variant, grade: Grade) throws {
        let model = try variant.model()
        let tokens = model.tokens(20)
        let plain = try model.session(capacity: Capacity(0.5)).feed(tokens, chunks: [20])
        let session = try model.session(capacity: Capacity(0.5))
        var grades = plain.routings[11].grades
        grades[3] = grade
        session.gradeOverride = GradeOverride(
            from: 11, tokens: [grades], routed: model.description.routedBlocks)
        let changed = try session.feed(tokens, chunks: [6])
        #expect(changed.routings[11].grades == grades)
        #expect(Array(changed.routings[..<11]) == Array(plain.routings[..<11]))
        #expect(Array(changed.logits[..<11]) == Array(plain.logits[..<11]))
        #expect((changed.logits[11] == plain.logits[11]) == (grade == plain.routings[11].grades[3]))
        #expect(changed.routings[11].scores[0] == plain.routings[11].scores[0])
    }

    @Test("Where nothing is given, or for too few blocks, the policy decides")
    func nothingGiven() throws {
        let model = try #require(Variant.graded.first).model()
        let tokens = model.tokens(250)
        let plain = try model.session(capacity: Capacity(0.5), policy: .held).feed(tokens, chunks: [20])
        let session = try model.session(capacity: Capacity(0.5), policy: .held)
        session.gradeOverride = GradeOverride(
            from: 4, tokens: [nil, [.full]], routed: model.description.routedBlocks)
        #expect(try session.feed(tokens, chunks: [20]).difference(from: plain) == nil)
    }

    @Test("A session beside another one leaves it alone")
    func beside() throws {
        let model = try #require(Variant.graded.first).model()
        let tokens = model.tokens(60)
        let plain = try model.session(threads: 2, capacity: Capacity(0.5), policy: .held).feed(tokens)
        let session = try model.session(threads: 2, capacity: Capacity(0.5), policy: .held)
        let other = try ModelSession(beside: session)
        #expect(other.capacity == session.capacity && other.position == 0)
        var record = Record()
        for token in tokens {
            let part = try session.feed([token])
            record.logits += part.logits
            record.routings += part.routings
            if other.position < 50 { try other.feed([token, token]) }
        }
        #expect(record.difference(from: plain) == nil)
    }

    @Test("Scores say what another capacity gives", arguments: Variant.graded, [RoutingPolicy.table, .held])
    func gradesOfScores(variant: Variant, policy: RoutingPolicy) throws {
        let model = try variant.model()
        let tokens = model.tokens(30)
        let routed = model.description.routedBlocks
        for capacity in Variant.capacities where capacity < .dense {
            let record = try model.session(capacity: capacity, policy: policy).feed(tokens, chunks: [30])
            for routing in record.routings {
                let grades = model.thresholds.grades(of: routing, routedAt: capacity, as: capacity)
                #expect(grades == routed.map { routing.grades[$0] }, "its own capacity gives what it had")
                let dense = model.thresholds.grades(of: routing, routedAt: capacity, as: .dense)
                #expect(dense.allSatisfy { $0 == .full })
                if policy == .table {
                    #expect(model.thresholds.grades(of: routing, routedAt: nil, as: capacity) == grades)
                }
                // A lower capacity takes nothing deeper.
                let low = model.thresholds.grades(
                    of: routing, routedAt: capacity, as: try #require(Capacity(0)))
                #expect(zip(low, grades).allSatisfy { $0 <= $1 })
            }
        }
        let few = TokenRouting(grades: [.full], scores: [9], thresholds: [.none], reasons: [.dense])
        #expect(model.thresholds.grades(of: few, routedAt: .dense, as: .dense) == [.full])
        let nothing = TokenRouting(
            grades: [], scores: [.nan, .nan, .nan], thresholds: [.none, .none, .none],
            reasons: [.dense, .dense, .dense])
        let none = model.thresholds.grades(of: nothing, routedAt: .dense, as: try #require(Capacity(0.9)))
        #expect(none.allSatisfy { $0 == .bypassed })
    }
}
