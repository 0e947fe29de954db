import MoDModel
import TestSupport
import Testing

@Suite("Routing")
struct RoutingTests {
    private static func long() throws -> MoDModel {
        var shape = Variant(gate: .hard, kv: .all).shape
        shape.contextLength = 512
        return try ModelParts(shape).open()
    }

    @Test("A token is processed when its score reaches the threshold, and only then", arguments: Variant.all)
    func rule(variant: Variant) throws {
        let model = try variant.model()
        for capacity in Variant.capacities {
            let record = try model.session(capacity: capacity).feed(model.tokens(60), chunks: [20])
            for (position, routing) in record.routings.enumerated() {
                for (index, block) in model.description.routedBlocks.enumerated() {
                    let isAnchor = position < 2
                    let thresholds = model.thresholds.thresholds(block: index, at: capacity)
                    #expect(routing.thresholds[index] == (isAnchor ? .none : thresholds))
                    let score = routing.scores[index]
                    let grade: Grade =
                        isAnchor || score >= thresholds.full
                        ? .full : score >= thresholds.thin ? .thin : .bypassed
                    #expect(routing.grades[block] == grade)
                    let reason: RoutingReason = isAnchor ? .anchor : capacity == .dense ? .dense : .score
                    #expect(routing.reasons[index] == reason)
                }
            }
        }
    }

    @Test("A score that equals the threshold is enough, by table and by policy")
    func equality() throws {
        var parts = try ModelParts(Variant.all[0].shape)
        let tokens = try parts.open().tokens(20)
        let scores = try parts.open().session().feed(tokens).routings.map { $0.scores[0] }
        let middle = try #require(scores.sorted().dropFirst(10).first)
        let expected = scores.enumerated().map {
            $0.offset < 2 || $0.element >= middle ? Grade.full : .bypassed
        }
        parts.set("blk.1.depth_router.threshold", shape: [5], floats: Array(repeating: middle, count: 5))
        let session = try parts.open().session(capacity: Capacity(0.4))
        #expect(try session.feed(tokens).routings.map { $0.grades[1] } == expected)
        session.truncate(to: 0)
        session.policy = .thresholds([Thresholds(middle), Thresholds(0), Thresholds(0)])
        #expect(try session.feed(tokens).routings.map { $0.grades[1] } == expected)
        #expect(expected.contains(.bypassed))
    }

    /// The first routed block sees the same residual whatever the capacity, so its share can only grow with it.
    @Test("The realised capacity follows the dial")
    func realised() throws {
        let model = try Self.long()
        let tokens = model.tokens(300)
        var shares: [Int] = []
        for step in 0...16 {
            let capacity = Capacity(Double(step) / 16)
            let record = try model.session(capacity: capacity).feed(tokens, chunks: [50])
            shares.append(record.routings.count { $0.grades[1] == .full })
        }
        #expect(zip(shares, shares.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(Set(shares).count > 8 && shares[0] < 100 && shares[16] == 300)
    }

    @Test("Random routing processes its share, however the text is cut", arguments: [0, 0.25, 0.5, 0.8, 1])
    func random(share: Double) throws {
        let model = try Self.long()
        let tokens = model.tokens(500)
        func run(_ seed: UInt64, _ chunks: [Int]) throws -> Record {
            let session = try model.session(capacity: Capacity(share))
            session.policy = .random(seed: seed)
            return try session.feed(tokens, chunks: chunks)
        }
        let record = try run(5, [64])
        #expect(try run(5, [1, 33]).difference(from: record) == nil)
        let decisions = record.routings.dropFirst(2).flatMap {
            [$0.grades[1], $0.grades[3], $0.grades[4]]
        }
        let realised = Double(decisions.count { $0 == .full }) / Double(decisions.count)
        // Four standard deviations of 1494 throws.
        let bound = 4 * (share * (1 - share) / Double(decisions.count)).squareRoot()
        #expect((realised - share).magnitude <= bound)
        if share > 0, share < 1 {
            // Blocks decide apart from each other, and seeds too.
            #expect(record.routings.contains { $0.grades[1] != $0.grades[3] })
            #expect(try run(6, [64]).routings != record.routings)
        }
    }

    @Test("Given thresholds hold at any capacity")
    func givenThresholds() throws {
        let model = try Variant.all[0].model()
        let given = [Thresholds.none, Thresholds(.infinity), Thresholds(0)]
        for capacity in Variant.capacities {
            let session = try model.session(capacity: capacity)
            session.policy = .thresholds(given)
            let record = try session.feed(model.tokens(20), chunks: [8])
            for routing in record.routings.dropFirst(2) {
                let last: Grade = routing.scores[2] >= 0 ? .full : .bypassed
                #expect(routing.grades == [.full, .full, .full, .bypassed, last])
                #expect(routing.thresholds == given)
            }
            #expect(record.routings[1].thresholds == Array(repeating: .none, count: 3))
            session.policy = .table
            try session.forward(model.tokens(1)[...], logits: .none)
            let own = (0..<3).map { model.thresholds.thresholds(block: $0, at: capacity) }
            #expect(session.routing(row: 0).thresholds == own)
        }
    }

    @Test("The observer sees what every block was given and made", arguments: Variant.all)
    func observer(variant: Variant) throws {
        let model = try variant.model()
        let tokens = model.tokens(6)
        let session = try model.session(threads: 2, capacity: Capacity(0.5))
        let seen = Observed()
        session.blockObserver = { _, before, after in
            seen.add(before: before, after: after, count: 6 * 96)
        }
        try session.forward(tokens[...], logits: .all)
        #expect(seen.before.count == 5 && seen.before.dropFirst() == seen.after.dropLast())
        for row in 0..<6 {
            let routing = session.routing(row: row)
            for block in 0..<5 {
                let place = row * 96..<row * 96 + 96
                let changed = seen.before[block][place] != seen.after[block][place]
                let isRouted = model.description.routedBlocks.contains(block)
                #expect(
                    changed == (routing.grades[block] > .bypassed || isRouted && variant.hasStandIn))
            }
        }
        let plain = try model.session(capacity: Capacity(0.5)).feed(tokens, chunks: [6])
        #expect(session.withLogits(row: 5) { Array($0) } == plain.logits[5])
    }

    private final class Observed {
        var before: [[Float]] = []
        var after: [[Float]] = []

        func add(before: UnsafePointer<Float>, after: UnsafePointer<Float>, count: Int) {
            self.before.append(Array(UnsafeBufferPointer(start: before, count: count)))
            self.after.append(Array(UnsafeBufferPointer(start: after, count: count)))
        }
    }
}
