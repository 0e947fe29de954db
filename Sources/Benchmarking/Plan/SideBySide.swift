/// Something that a schedule's entry stands for.
package protocol Measurable: AnyObject {
    /// How many sides there are, and how often a round measures them.
    var entry: Schedule.Entry { get }

    /// Measures one side once.
    func measure(side: Int) async throws
}

/// Ways to do something, which are measured in turns, and what each gave.
package final class SideBySide<Figures>: Measurable {
    /// Does it once, and says what it took.
    package typealias Side = () async throws -> Figures

    /// What was measured, for each side turn by turn.
    package private(set) var figures: [[Figures]]
    package let entry: Schedule.Entry
    private let sides: [Side]

    package init(_ sides: [Side], repeats: Int = 1) {
        self.sides = sides
        entry = Schedule.Entry(sides: sides.count, repeats: repeats)
        figures = Array(repeating: [], count: sides.count)
    }

    package func measure(side: Int) async throws {
        figures[side].append(try await sides[side]())
    }
}
