import Synchronization

/// A few plain threads that do one piece of work after the other together. They are not part of Swift's cooperative
/// pool: they block and spin, which the pool's threads must never do.
public final class ThreadTeam {
    /// The threads, the caller of `run` included.
    public let count: Int
    private let shared: Shared
    private var crowding: Crowding
    private var tickets = 0
    /// Pieces of work that fewer threads did than there are, because other programs held them up.
    public private(set) var shortHandedCount = 0

    /// Which piece of work it is, and for how many threads: in one word, so that a thread that wakes late cannot take
    /// the number of one for that of another.
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
    /// - Parameter count: 0 and less are taken as 1.
    /// - Throws: `ThreadError.refused` if the system refuses one.
    public init(count: Int) throws(ThreadError) {
        let count = max(count, 1)
        let shared = Shared(parties: count)
        for index in 1..<count {
            do {
                try PlainThread.start(name: "compute \(index)") { shared.serve(thread: index) }
            } catch {
                shared.end()
                throw .refused(count: count, reason: "\(error)")
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
    public func run(_ work: any ParallelWork) {
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
