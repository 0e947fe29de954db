/// The order in which a benchmark measures: a value, made before anything runs.
///
/// Every round measures everything, so that a machine that slows down slows all of it. The sides of what is compared
/// take turns, the other way round each time, for whatever comes later finds the machine warmer.
package struct Schedule: Sendable, Hashable {
    /// Something to measure.
    package struct Entry: Sendable, Hashable {
        /// Its sides, one or more.
        package var sides: Int
        /// How often a round measures each of them.
        package var repeats: Int

        package init(sides: Int, repeats: Int = 1) {
            self.sides = sides
            self.repeats = repeats
        }
    }

    /// One side of one entry, by their places.
    package struct Step: Sendable, Hashable {
        package var entry: Int
        package var side: Int

        package init(entry: Int, side: Int) {
            self.entry = entry
            self.side = side
        }
    }

    /// The steps of each round, in order.
    package let rounds: [[Step]]

    /// Plans so many rounds over all entries.
    package init(rounds: Int, entries: [Entry]) {
        self.rounds = (0..<rounds).map { round in
            entries.enumerated().flatMap { place, entry in
                (0..<entry.repeats).flatMap { turn in
                    let steps = (0..<entry.sides).map { Step(entry: place, side: $0) }
                    return (round * entry.repeats + turn).isMultiple(of: 2) ? steps : steps.reversed()
                }
            }
        }
    }
}
