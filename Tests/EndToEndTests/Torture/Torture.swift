import Foundation

/// How long the tests that torment the program go on: briefly in `make test`, as long as `make torture MINUTES=` says
/// in its long form.
enum Torture {
    /// Minutes for each kind of torture in the long form; nil in the short one.
    static let minutes = ProcessInfo.processInfo.environment["FATHOM_TORTURE_MINUTES"].flatMap(Double.init)

    /// The numbers of the rounds of a torture: a few in the short form, in the long one as many as its time allows.
    struct Rounds: Sequence, IteratorProtocol {
        private let end: ContinuousClock.Instant?
        private let short: Int
        private(set) var count = 0

        init(short: Int) {
            self.short = short
            end = Torture.minutes.map { ContinuousClock.now + .seconds($0 * 60) }
        }

        mutating func next() -> Int? {
            guard end.map({ ContinuousClock.now < $0 }) ?? (count < short) else { return nil }
            defer { count += 1 }
            return count
        }
    }
}
