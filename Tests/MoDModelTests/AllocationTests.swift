import AllocationCounter
import MoDModel
import TestSupport
import Testing

/// Counts what the calling thread allocates, which does what every compute thread does. A thread that finds another one
/// on its processor allocates to leave it; the calling thread never does.
@Suite("Allocations", .enabled(if: allocations_are_counted()))
struct AllocationTests {
    @Test("A warm session allocates nothing, for a chunk or a token", arguments: Variant.all, [1, 2, 3])
    func steadyState(variant: Variant, threads: Int) throws {
        let model = try variant.model()
        let tokens = model.tokens(90)
        let session = try model.session(threads: threads)
        func allocations(_ places: Range<Int>, _ logits: ModelSession.LogitRows) throws -> UInt64 {
            let before = allocations_of_this_thread()
            try session.forward(tokens[places], logits: logits)
            return allocations_of_this_thread() - before
        }
        for capacity in Variant.capacities {
            session.truncate(to: 0)
            session.capacity = capacity
            _ = try allocations(0..<20, .last)
            _ = try allocations(20..<21, .last)
            #expect(try allocations(21..<40, .none) == 0)
            #expect(try allocations(40..<57, .last) == 0)
            for place in 57..<90 {
                #expect(try allocations(place..<place + 1, .last) == 0, "token \(place)")
            }
        }
    }

    @Test(
        "Nor does it where shares are found anew, or every block has its budget",
        arguments: [RoutingPolicy.held, .budget(window: 16)])
    func policies(policy: RoutingPolicy) throws {
        let model = try #require(Variant.graded.first).model()
        let tokens = model.tokens(250)
        let session = try model.session(capacity: Capacity(0.5), policy: policy)
        try session.forward(tokens[0..<20], logits: .last)
        try session.forward(tokens[20..<21], logits: .last)
        for place in 21..<250 {
            let before = allocations_of_this_thread()
            try session.forward(tokens[place..<place + 1], logits: .last)
            #expect(allocations_of_this_thread() == before, "token \(place)")
        }
    }

    @Test("Nor does a turn of the dial, whatever the policy")
    func dial() throws {
        let model = try #require(Variant.graded.first).model()
        let tokens = model.tokens(250)
        let thresholds = model.description.routedBlocks.map { _ in Thresholds(full: 0.2, thin: -0.4) }
        let policies: [RoutingPolicy] = [
            .held, .budget(window: 16), .table, .thresholds(thresholds), .random(seed: 1),
        ]
        for policy in policies {
            let session = try model.session(policy: policy)
            try session.forward(tokens[0..<20], logits: .last)
            try session.forward(tokens[20..<21], logits: .last)
            for place in 21..<250 {
                session.capacity = Variant.capacities[place % Variant.capacities.count]
                let before = allocations_of_this_thread()
                try session.forward(tokens[place..<place + 1], logits: .last)
                #expect(allocations_of_this_thread() == before, "\(policy.name), token \(place)")
            }
        }
    }

    @Test("What is counted is counted")
    func counts() {
        let before = allocations_of_this_thread()
        let array = (0..<Int.random(in: 100...200)).map { $0 }
        #expect(allocations_of_this_thread() > before && array.count >= 100)
    }
}
