import CScheduler
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

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
