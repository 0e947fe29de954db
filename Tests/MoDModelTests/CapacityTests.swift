import MoDModel
import Testing

@Suite("Capacity")
struct CapacityTests {
    @Test("Lies within 0 and 1", arguments: [-0.1, 1.1, .nan, .infinity, -.infinity, 1.0.nextUp])
    func refusals(value: Double) {
        #expect(Capacity(value) == nil)
    }

    @Test("Steps by sixteenths, stays within the dial, and steps back")
    func stepping() throws {
        for thousandth in 0...1000 {
            let value = Double(thousandth) / 1000
            let capacity = try #require(Capacity(value))
            #expect(capacity.value == value)
            let nearest = capacity.stepped(by: 0).value
            #expect((nearest - value).magnitude <= 1.0 / 32)
            for count in -20...20 {
                let moved = capacity.stepped(by: count)
                #expect((moved.value * 16).rounded() == moved.value * 16)
                #expect(moved.value == min(max(nearest + Double(count) / 16, 0), 1))
            }
        }
    }

    @Test("The top of the dial is the dense model")
    func dense() throws {
        #expect(try #require(Capacity(0.96875)).stepped(by: 1) == .dense)
        #expect(Capacity.dense.stepped(by: 1) == .dense)
        #expect(Capacity.dense.stepped(by: -1) < .dense)
        #expect(Capacity(1) == .dense)
    }
}
