import ComputeThreads
import Foundation
import Synchronization
import Testing

@Suite("Thread teams")
struct ThreadTeamTests {
    /// Some phases with a meeting after each. Every thread notes its phase, and looks at the others' notes after the
    /// meeting.
    private final class Phases: ParallelWork {
        let phases: Int
        /// Where the barrier is told that a thread reads next.
        let next: UInt
        /// How long thread 0 comes late to each meeting.
        let delay: TimeInterval
        /// How often each thread was called, and with how many others.
        let calls = Mutex<[[Int]]>([])
        let mistakes = Atomic<Int>(0)
        private let notes: Mutex<[Int]>

        init(threads: Int, phases: Int, next: UInt = 0, delay: TimeInterval = 0) {
            self.phases = phases
            self.next = next
            self.delay = delay
            notes = Mutex(Array(repeating: 0, count: threads))
        }

        func run(thread: Int, of threadCount: Int, barrier: SpinBarrier) {
            calls.withLock { $0.append([thread, threadCount]) }
            let next = UnsafeRawPointer(bitPattern: next)
            for phase in 1...phases {
                notes.withLock { $0[thread] = phase }
                if thread == 0, delay > 0 { Thread.sleep(forTimeInterval: delay) }
                barrier.wait(fetching: next)
                let others = notes.withLock { $0[..<threadCount] }
                if !others.allSatisfy({ $0 == phase }) {
                    mistakes.add(1, ordering: .relaxed)
                }
                barrier.wait(fetching: next)
            }
        }
    }

    @Test(
        "Each thread works once, and a meeting parts what is before it from what is after", arguments: 1...5)
    func phases(threads: Int) throws {
        let team = try ThreadTeam(count: threads)
        #expect(team.count == threads)
        for _ in 0..<20 {
            let work = Phases(threads: threads, phases: 10)
            team.run(work)
            #expect(work.mistakes.load(ordering: .relaxed) == 0)
            let calls = work.calls.withLock { $0.sorted { $0[0] < $1[0] } }
            // While other programs hold the team up it works with fewer.
            let present = try #require(calls.first)[1]
            #expect((1...threads).contains(present))
            #expect(calls == (0..<present).map { [$0, present] })
        }
    }

    @Test("A thread that waits long enough to fall asleep is woken", .timeLimit(.minutes(1)))
    func sleeping() throws {
        let team = try ThreadTeam(count: 2)
        let work = Phases(threads: 2, phases: 3, delay: 0.03)
        team.run(work)
        #expect(work.mistakes.load(ordering: .relaxed) == 0)
    }

    @Test("What is fetched meanwhile may lie anywhere", arguments: [1, 4096, UInt.max - 100] as [UInt])
    func fetching(next: UInt) throws {
        let work = Phases(threads: 2, phases: 50, next: next)
        try ThreadTeam(count: 2).run(work)
        #expect(work.mistakes.load(ordering: .relaxed) == 0)
    }

    @Test("A team of nobody is its caller alone", arguments: [0, -3])
    func alone(count: Int) throws {
        let team = try ThreadTeam(count: count)
        let work = Phases(threads: 1, phases: 2)
        team.run(work)
        #expect(team.count == 1 && team.shortHandedCount == 0)
        #expect(work.calls.withLock { $0 } == [[0, 1]])
    }

    @Test("A refusal says how many threads were wanted, and why there are none")
    func refusal() {
        let error = ThreadError.refused(count: 250, reason: "Resource temporarily unavailable")
        #expect(error.description == "The system refused 250 threads: Resource temporarily unavailable.")
    }
}
