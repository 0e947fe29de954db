import InferenceEngine
import MoDModel
import Testing

@Suite("A speed held by the capacity")
struct GovernorTests {
    /// A machine that reads so many bytes a second.
    struct Machine: CustomTestStringConvertible {
        let name: String
        let bytesPerSecond: Double
        /// By how much each token takes longer than the one before, as the context grows.
        var growth = 0.0
        /// How much longer every seventh token takes.
        var scatter = 0.0
        /// Seconds that it stands still after 50 tokens.
        var pause = 0.0
        /// Tokens that one pass brings.
        var draft = 1
        var testDescription: String { name }
    }

    private static let model = ModelDescription(
        name: "m", blockCount: 30, routedBlocks: Array(2..<28), anchorTokens: 4, contextLength: 8192,
        defaultCapacity: .dense,
        weights: WeightBytes(outsideBlocks: 28_000_000, fullBlock: 3_700_000, bypassedBlock: 230_000))

    private static let machines = [
        Machine(name: "even", bytesPerSecond: 16e9),
        Machine(name: "longer with the context", bytesPerSecond: 20e9, growth: 0.001),
        Machine(name: "scattering", bytesPerSecond: 16e9, scatter: 1),
        Machine(name: "paused", bytesPerSecond: 20e9, pause: 0.15),
        Machine(name: "drafting", bytesPerSecond: 6e9, draft: 3),
    ]

    /// How many tokens come a second, from the 41st on, of a reply of `length`.
    private func speed(
        of machine: Machine, _ governor: inout Governor, length: Int
    ) throws -> (speed: Double, capacities: [Double]) {
        let weights = GovernorTests.model.weights
        var (capacity, seconds, late) = (Capacity.dense, 0.0, 0.0)
        var capacities: [Double] = []
        governor.rest()
        var token = 0
        while token < length {
            let bytes =
                Double(weights.outsideBlocks + 4 * weights.fullBlock)
                + 26
                * (capacity.value * Double(weights.fullBlock)
                    + (1 - capacity.value) * Double(weights.bypassedBlock))
            seconds = bytes / machine.bytesPerSecond * (1 + machine.growth * Double(token))
            if token / machine.draft % 7 == 3 { seconds *= 1 + machine.scatter }
            if (50..<50 + machine.draft).contains(token) { seconds += machine.pause }
            if token >= 40 { late += seconds }
            capacity = governor.receive(machine.draft, in: seconds, at: capacity) ?? capacity
            capacities.append(capacity.value)
            token += machine.draft
        }
        return (Double(token - 40) / late, capacities)
    }

    @Test(arguments: machines, [200, 260])
    func holds(_ machine: Machine, target: Double) throws {
        var governor = Governor(target: target, GovernorTests.model)
        let (speed, capacities) = try speed(of: machine, &governor, length: 240)
        #expect(abs(speed / target - 1) < 0.05, "\(speed)")
        #expect(Set(capacities).count > 1, "held by moving the capacity")
        let next = try self.speed(of: machine, &governor, length: 240)
        #expect(abs(next.speed / target - 1) < 0.05, "\(next.speed) in the reply after")
    }

    /// Where a token takes longer than the time over which others are averaged.
    @Test func holdsALowSpeed() throws {
        let machine = Machine(name: "slow", bytesPerSecond: 0.25e9, growth: 0.0005)
        var governor = Governor(target: 3, GovernorTests.model)
        #expect(abs(try speed(of: machine, &governor, length: 120).speed / 3 - 1) < 0.05)
    }

    @Test func doesItsBestWhereNoCapacityHoldsTheSpeed() throws {
        let machine = Machine(name: "even", bytesPerSecond: 16e9)
        var fast = Governor(target: 5000, GovernorTests.model)
        #expect(try speed(of: machine, &fast, length: 100).capacities.last == 0)
        var slow = Governor(target: 5, GovernorTests.model)
        #expect(try speed(of: machine, &slow, length: 100).capacities.last == 1)
    }

    @Test func leavesAModelWithoutRoutersAlone() {
        var dense = GovernorTests.model
        dense.routedBlocks = []
        var governor = Governor(target: 100, dense)
        #expect(governor.receive(10, in: 1, at: .dense) == nil)
    }
}
