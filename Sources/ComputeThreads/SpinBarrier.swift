import Synchronization

/// A meeting point for some threads: they spin for a short while, since a phase of their work takes microseconds, and
/// sleep when the wait grows long.
public final class SpinBarrier: Sendable {
    private let parties: Atomic<Int>
    private let arrived = Atomic<Int>(0)
    private let generation = Atomic<Int>(0)
    private let waited = Atomic<Int>(0)
    private let bell = Bell()

    init(parties: Int) {
        self.parties = Atomic(parties)
    }

    /// Makes it a meeting point for so many. Nobody may be waiting.
    func reset(parties: Int) {
        self.parties.store(parties, ordering: .relaxed)
        waited.store(0, ordering: .relaxed)
    }

    /// How long those who waited have waited since the reset, beyond spinning, all waits together.
    var waitedBeyondSpinning: Duration { .nanoseconds(waited.load(ordering: .relaxed)) }

    /// Returns when all parties have called it. Everything written before is visible to all of them after.
    ///
    /// - Parameter next: where what the thread reads next begins; it may lie anywhere. A thread that waits fetches some
    ///   of it, so that memory is not idle meanwhile.
    public func wait(fetching next: UnsafeRawPointer? = nil) {
        let parties = parties.load(ordering: .relaxed)
        if parties == 1 { return }
        let current = generation.load(ordering: .acquiring)
        if arrived.add(1, ordering: .acquiringAndReleasing).newValue == parties {
            arrived.store(0, ordering: .relaxed)
            generation.store(current &+ 1, ordering: .sequentiallyConsistent)
            bell.ring()
        } else {
            let long = bell.wait(fetching: next) {
                self.generation.load(ordering: .sequentiallyConsistent) != current
            }
            if let long { waited.add(long.inNanoseconds, ordering: .relaxed) }
        }
    }
}

extension Duration {
    fileprivate var inNanoseconds: Int {
        Int(components.seconds) * 1_000_000_000 + Int(components.attoseconds / 1_000_000_000)
    }
}
