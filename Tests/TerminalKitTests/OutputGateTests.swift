import Foundation
import Synchronization
import TerminalKit
import Testing

@Suite("Output gate")
struct OutputGateTests {
    /// What threads of a test share.
    private final class Shared: Sendable {
        let gate = OutputGate()
        let isWriting = Atomic<Bool>(false)
        let hasWritten = Atomic<Bool>(false)
        let closedTooEarly = Atomic<Bool>(false)
    }

    @Test("Writes pass until it is closed, and again once it is open")
    func closed() {
        let gate = OutputGate()
        var written: [Int] = []
        gate.pass { written.append(1) }
        gate.close()
        gate.pass { written.append(2) }
        gate.open()
        gate.pass { written.append(3) }
        #expect(written == [1, 3])
    }

    @Test("Closing waits for what another thread is writing")
    func waits() {
        let shared = Shared()
        let hasClosed = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            while !shared.isWriting.load(ordering: .acquiring) { usleep(100) }
            shared.gate.close()
            if !shared.hasWritten.load(ordering: .acquiring) {
                shared.closedTooEarly.store(true, ordering: .releasing)
            }
            hasClosed.signal()
        }
        shared.gate.pass {
            shared.isWriting.store(true, ordering: .releasing)
            usleep(100_000)
            shared.hasWritten.store(true, ordering: .releasing)
        }
        hasClosed.wait()
        let closedTooEarly = shared.closedTooEarly.load(ordering: .acquiring)
        #expect(!closedTooEarly)
    }

    @Test("A signal that interrupts a write does not wait for it", .timeLimit(.minutes(1)))
    func interrupted() {
        let gate = OutputGate()
        let clock = ContinuousClock()
        var written = 0
        gate.pass {
            #expect(clock.measure { gate.close() } < .milliseconds(500))
            written += 1
        }
        gate.pass { written += 1 }
        #expect(written == 1)
    }

    @Test("Of two threads that race, a write comes whole before the gate is closed or not at all")
    func races() {
        final class Race: Sendable {
            let gate = OutputGate()
            let isClosed = Atomic<Bool>(false)
            let late = Atomic<Int>(0)
        }
        for _ in 0..<200 {
            let race = Race()
            let hasEnded = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                for _ in 0..<2000 {
                    race.gate.pass {
                        if race.isClosed.load(ordering: .sequentiallyConsistent) {
                            race.late.add(1, ordering: .relaxed)
                        }
                    }
                }
                hasEnded.signal()
            }
            race.gate.close()
            race.isClosed.store(true, ordering: .sequentiallyConsistent)
            hasEnded.wait()
            let late = race.late.load(ordering: .relaxed)
            #expect(late == 0)
        }
    }
}
