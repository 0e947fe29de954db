import AllocationCounter
import MoDModel
import TestSupport
import Testing

/// One thread does all the work here, so that the calling thread's allocations are all there are.
@Suite("Allocations", .enabled(if: allocations_are_counted()))
struct AllocationTests {
    @Test("A warm session allocates nothing, for a chunk or a token", arguments: Variant.all)
    func steadyState(variant: Variant) throws {
        let model = try variant.model()
        let tokens = model.tokens(90)
        let session = try model.session(threads: 1)
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

    @Test("What is counted is counted")
    func counts() {
        let before = allocations_of_this_thread()
        let array = (0..<Int.random(in: 100...200)).map { $0 }
        #expect(allocations_of_this_thread() > before && array.count >= 100)
    }
}
