/// The order in which a round measures what is compared: the other way round each time, for whatever comes later finds
/// the machine warmer.
package struct Turns<Side> {
    private var sides: [Side]

    package init(_ sides: some Sequence<Side>) {
        self.sides = Array(sides)
    }

    /// The order of the next round.
    package mutating func next() -> [Side] {
        defer { sides.reverse() }
        return sides
    }
}
