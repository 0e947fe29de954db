import Benchmarking
import Testing

@Suite("The order of what is measured")
struct ScheduleTests {
    private typealias Step = Schedule.Step

    @Test("Sides change places every round")
    func sides() {
        let schedule = Schedule(rounds: 3, entries: [Schedule.Entry(sides: 3)])
        #expect(schedule.rounds.map { $0.map(\.side) } == [[0, 1, 2], [2, 1, 0], [0, 1, 2]])
    }

    @Test("and every time within a round, also from one round to the next")
    func repeats() {
        let schedule = Schedule(rounds: 2, entries: [Schedule.Entry(sides: 2, repeats: 3)])
        #expect(schedule.rounds.map { $0.map(\.side) } == [[0, 1, 1, 0, 0, 1], [1, 0, 0, 1, 1, 0]])
    }

    @Test("Every round has everything, entry by entry, as often as each asks")
    func rounds() {
        let entries = [(1, 1), (4, 1), (2, 3), (3, 2)].map { Schedule.Entry(sides: $0, repeats: $1) }
        let schedule = Schedule(rounds: 5, entries: entries)
        #expect(schedule.rounds.count == 5)
        for round in schedule.rounds {
            #expect(round.map(\.entry) == round.map(\.entry).sorted())
            for (place, entry) in entries.enumerated() {
                for side in 0..<entry.sides {
                    #expect(round.count { $0 == Step(entry: place, side: side) } == entry.repeats)
                }
            }
            #expect(round.count == 1 + 4 + 6 + 6)
        }
        // Over two rounds each side of a pair comes first as often as the other.
        let first = schedule.rounds[..<2].joined().filter { $0.entry == 2 }.map(\.side)
        #expect(stride(from: 0, to: first.count, by: 2).map { first[$0] } == [0, 1, 0, 1, 0, 1])
    }

    @Test("Of nothing there is nothing")
    func nothing() {
        #expect(Schedule(rounds: 2, entries: []).rounds == [[], []])
        #expect(Schedule(rounds: 0, entries: [Schedule.Entry(sides: 1)]).rounds.isEmpty)
    }
}

@Suite("How much is run")
struct BenchPlanTests {
    @Test("Nothing is longer than the context", arguments: [false, true], [1, 2, 16, 100, 256, 1024, 8192])
    func context(isQuick: Bool, length: Int) {
        let plan = BenchPlan(isQuick: isQuick, contextLength: length)
        #expect(plan.prompt + plan.decoded <= max(2, length))
        #expect(plan.deep + plan.decoded <= max(2, length) && plan.shallow + plan.steps <= max(2, length))
        #expect(plan.longMessage <= length && plan.steps >= 1 && plan.decoded >= 1)
        for need in [plan.prompt + plan.decoded, plan.deep + plan.decoded, plan.shallow + plan.steps] {
            #expect(plan.tokenCount >= need)
        }
    }

    @Test("A quick one is one round")
    func quick() {
        #expect(BenchPlan(isQuick: true, contextLength: 8192).rounds == 1)
        #expect(BenchPlan(isQuick: false, contextLength: 8192).rounds == 5)
    }
}
