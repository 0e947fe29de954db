import CScheduler
import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A meeting point for some threads: they spin for a short while, since a phase of a block takes microseconds, and sleep
/// when the wait grows long.
final class SpinBarrier: Sendable {
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

    /// Returns when all parties have called it. Everything written before is visible to all of them after. A thread
    /// that waits fetches some of what it will read next, so that memory is not idle meanwhile.
    func wait(fetching next: UnsafeRawPointer? = nil) {
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

/// Waits for a condition that another thread makes true: spins first, sleeps later.
final class Bell: @unchecked Sendable {
    // The mutex and the condition variable are made to be shared between threads, and `sleepers` is atomic;
    // what is unchecked is only that the system's types do not say so.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let sleepers = Atomic<Int>(0)

    /// About 50 µs on the processors this was measured on: longer than a phase, shorter than a wink.
    private static let spins = 4000

    /// Then the processor is offered to others, among them a thread that this one waits for and that has to share it:
    /// asleep, this one would not be counted, and the system would see no reason to move either.
    private static let yields = 1000

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Cache lines that a spin fetches.
    private static let linesASpin = 2

    /// Spins that fetch, so that one wait fetches 64 KiB at most: a small part of a second-level cache.
    private static let fetchingSpins = 65536 / (linesASpin * Int(FATHOM_CACHE_LINE))

    /// Returns once `ready` is true; `ring` must follow whatever makes it so. Fetches what lies at `next` while it
    /// spins. How long it took after that, if spinning was not enough.
    @discardableResult
    func wait(fetching next: UnsafeRawPointer? = nil, until ready: () -> Bool) -> Duration? {
        for spin in 0..<Bell.spins {
            if ready() { return nil }
            if let next, spin < Bell.fetchingSpins {
                for line in spin * Bell.linesASpin..<(spin + 1) * Bell.linesASpin {
                    fathom_fetch_line(next + line * Int(FATHOM_CACHE_LINE))
                }
            } else {
                fathom_spin_hint()
            }
        }
        let start = ContinuousClock.now
        for _ in 0..<Bell.yields {
            sched_yield()
            if ready() { return ContinuousClock.now - start }
        }
        sleepers.add(1, ordering: .sequentiallyConsistent)
        pthread_mutex_lock(mutex)
        while !ready() {
            pthread_cond_wait(condition, mutex)
        }
        pthread_mutex_unlock(mutex)
        sleepers.subtract(1, ordering: .relaxed)
        return ContinuousClock.now - start
    }

    /// Wakes the waiting threads. The condition must have been made true before, sequentially consistent, so
    /// that a thread about to sleep either sees it or is seen here.
    func ring() {
        guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }
}

extension Duration {
    fileprivate var inNanoseconds: Int {
        Int(components.seconds) * 1_000_000_000 + Int(components.attoseconds / 1_000_000_000)
    }
}

/// Work that several threads do together.
protocol ParallelWork: AnyObject, Sendable {
    /// Called once on each of `threadCount` threads, with its index; the threads meet at `barrier` as often as they like.
    func run(thread: Int, of threadCount: Int, barrier: SpinBarrier)
}

/// A few plain threads that wait for work. They are not part of Swift's cooperative pool: a forward pass
/// blocks and spins, which the pool's threads must never do.
final class ComputeThreads {
    let count: Int
    private let shared: Shared
    private var crowding: Crowding
    private var tickets = 0
    /// Pieces of work that fewer threads did than there are, because other programs held them up.
    private(set) var shortHandedCount = 0

    /// Which piece of work it is, and for how many threads: in one word, so that a thread that wakes late cannot take the
    /// number of one for that of another.
    private struct Ticket: Equatable, AtomicRepresentable {
        typealias AtomicRepresentation = Int.AtomicRepresentation
        static let end = Ticket(word: -1)
        private static let radix = 1024

        private let word: Int

        init(number: Int, threadCount: Int) {
            word = number * Self.radix + threadCount
        }

        private init(word: Int) {
            self.word = word
        }

        var threadCount: Int { word % Self.radix }

        static func encodeAtomicRepresentation(_ ticket: consuming Ticket) -> AtomicRepresentation {
            Int.encodeAtomicRepresentation(ticket.word)
        }

        static func decodeAtomicRepresentation(_ storage: consuming AtomicRepresentation) -> Ticket {
            Ticket(word: Int.decodeAtomicRepresentation(storage))
        }
    }

    /// What the threads and their owner share.
    private final class Shared: Sendable {
        let barrier: SpinBarrier
        let bell = Bell()
        /// The piece of work that is handed out.
        let ticket = Atomic<Ticket>(Ticket(number: 0, threadCount: 0))
        let work = Mutex<(any ParallelWork)?>(nil)
        /// Where each thread was when it began its latest work; empty where there are too few processors for all.
        private let processors: Mutex<[Int?]>

        init(parties: Int) {
            barrier = SpinBarrier(parties: parties)
            let isRoomy = ProcessorPlacement.allowedCount >= parties
            processors = Mutex(isRoomy ? Array(repeating: nil, count: parties) : [])
        }

        /// Notes where this thread runs, and moves it if one before it runs there, too.
        func settle(thread: Int) {
            let taken: [Int]? = processors.withLock { processors in
                guard !processors.isEmpty, let here = ProcessorPlacement.current else { return nil }
                processors[thread] = here
                guard processors[..<thread].contains(here) else { return nil }
                return processors.enumerated().compactMap { $0 == thread ? nil : $1 }
            }
            guard let taken, let there = ProcessorPlacement.move(offAnyOf: taken) else { return }
            processors.withLock { $0[thread] = there }
        }

        /// Ends the threads.
        func end() {
            ticket.store(.end, ordering: .sequentiallyConsistent)
            bell.ring()
        }

        func serve(thread: Int) {
            var seen = Ticket(number: 0, threadCount: 0)
            while true {
                bell.wait { self.ticket.load(ordering: .sequentiallyConsistent) != seen }
                seen = ticket.load(ordering: .acquiring)
                guard seen != .end else { return }
                guard thread < seen.threadCount, let work = work.withLock({ $0 }) else { continue }
                settle(thread: thread)
                work.run(thread: thread, of: seen.threadCount, barrier: barrier)
                barrier.wait()
            }
        }
    }

    /// Starts `count − 1` threads; the caller of `run` is the first.
    ///
    /// - Throws: `ModelError.resources` if the system refuses one.
    init(count: Int) throws(ModelError) {
        let count = max(count, 1)
        let shared = Shared(parties: count)
        for index in 1..<count {
            do {
                try PlainThread.start(name: "compute \(index)") { shared.serve(thread: index) }
            } catch {
                shared.end()
                throw .resources("The system refused \(count) threads: \(error).")
            }
        }
        self.count = count
        self.shared = shared
        crowding = Crowding(threadCount: count)
    }

    deinit {
        shared.end()
    }

    /// Runs `work` on every thread, or on fewer while other programs hold them up, and returns when it is done.
    func run(_ work: any ParallelWork) {
        let threadCount = crowding.threadCount
        if threadCount < count { shortHandedCount += 1 }
        let start = ContinuousClock.now
        shared.barrier.reset(parties: threadCount)
        if threadCount > 1 {
            shared.settle(thread: 0)
            shared.work.withLock { $0 = work }
            tickets += 1
            shared.ticket.store(
                Ticket(number: tickets, threadCount: threadCount), ordering: .sequentiallyConsistent)
            shared.bell.ring()
        }
        work.run(thread: 0, of: threadCount, barrier: shared.barrier)
        shared.barrier.wait()
        crowding.note(
            waited: shared.barrier.waitedBeyondSpinning / max(threadCount - 1, 1),
            of: ContinuousClock.now - start)
    }
}
