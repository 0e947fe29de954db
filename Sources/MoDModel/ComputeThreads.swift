import CInt8Kernels
import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A meeting point for a fixed number of threads: they spin for a short while, since a phase of a block takes
/// microseconds, and sleep when the wait grows long.
final class SpinBarrier: Sendable {
    private let parties: Int
    private let arrived = Atomic<Int>(0)
    private let generation = Atomic<Int>(0)
    private let bell = Bell()

    init(parties: Int) {
        self.parties = parties
    }

    /// Returns when all parties have called it. Everything written before is visible to all of them after. A thread
    /// that waits fetches some of what it will read next, so that memory is not idle meanwhile.
    func wait(fetching next: UnsafeRawPointer? = nil) {
        if parties == 1 { return }
        let current = generation.load(ordering: .acquiring)
        if arrived.add(1, ordering: .acquiringAndReleasing).newValue == parties {
            arrived.store(0, ordering: .relaxed)
            generation.store(current &+ 1, ordering: .sequentiallyConsistent)
            bell.ring()
        } else {
            bell.wait(fetching: next) { self.generation.load(ordering: .sequentiallyConsistent) != current }
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

    /// Bytes fetched at most during one wait: a small part of a second-level cache.
    private static let fetched = 65536

    /// Returns once `ready` is true; `ring` must follow whatever makes it so. Fetches what lies at `next` while it
    /// spins.
    func wait(fetching next: UnsafeRawPointer? = nil, until ready: () -> Bool) {
        for spin in 0..<Bell.spins {
            if ready() { return }
            if let next, spin < Bell.fetched / 128 {
                int8_fetch_line(next + spin * 128)
                int8_fetch_line(next + spin * 128 + 64)
            } else {
                int8_spin_hint()
            }
        }
        for _ in 0..<Bell.yields {
            sched_yield()
            if ready() { return }
        }
        sleepers.add(1, ordering: .sequentiallyConsistent)
        pthread_mutex_lock(mutex)
        while !ready() {
            pthread_cond_wait(condition, mutex)
        }
        pthread_mutex_unlock(mutex)
        sleepers.subtract(1, ordering: .relaxed)
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

/// Work that several threads do together.
protocol ParallelWork: AnyObject, Sendable {
    /// Called once on every thread, with its index; the threads meet at `barrier` as often as they like.
    func run(thread: Int, of threadCount: Int, barrier: SpinBarrier)
}

/// A few plain threads that wait for work. They are not part of Swift's cooperative pool: a forward pass
/// blocks and spins, which the pool's threads must never do.
final class ComputeThreads {
    let count: Int
    private let shared: Shared

    /// What the threads and their owner share.
    private final class Shared: Sendable {
        let barrier: SpinBarrier
        let bell = Bell()
        /// Counts the pieces of work handed out; −1 ends the threads.
        let ticket = Atomic<Int>(0)
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

        func serve(thread: Int, of count: Int) {
            var seen = 0
            while true {
                bell.wait { self.ticket.load(ordering: .sequentiallyConsistent) != seen }
                seen = ticket.load(ordering: .acquiring)
                guard seen >= 0, let work = work.withLock({ $0 }) else { return }
                settle(thread: thread)
                work.run(thread: thread, of: count, barrier: barrier)
                barrier.wait()
            }
        }
    }

    /// Starts `count − 1` threads; the caller of `run` is the first.
    init(count: Int) {
        self.count = max(count, 1)
        let shared = Shared(parties: self.count)
        for index in 1..<self.count {
            let thread = Thread { [count = self.count] in shared.serve(thread: index, of: count) }
            thread.name = "fathom compute \(index)"
            thread.start()
        }
        self.shared = shared
    }

    deinit {
        shared.ticket.store(-1, ordering: .sequentiallyConsistent)
        shared.bell.ring()
    }

    /// Runs `work` on every thread and returns when all are done.
    func run(_ work: any ParallelWork) {
        if count > 1 {
            shared.settle(thread: 0)
            shared.work.withLock { $0 = work }
            shared.ticket.add(1, ordering: .sequentiallyConsistent)
            shared.bell.ring()
        }
        work.run(thread: 0, of: count, barrier: shared.barrier)
        shared.barrier.wait()
    }
}
