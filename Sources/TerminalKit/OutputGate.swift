import CNcurses
import Foundation
import Synchronization

/// Lets writes to the terminal through until the process is about to end, so that nothing that one thread still draws
/// comes after what gives the terminal back on another.
///
/// Every function may be called from a signal handler: they touch only atomics, and wait without a lock.
package struct OutputGate: ~Copyable {
    /// The gate of the terminal that the process runs in.
    static let terminal = OutputGate()

    private let isClosed = Atomic<Bool>(false)
    /// The thread that is passing; 0 while none is. One passes at a time.
    private let passing = Atomic<UInt>(0)

    /// The calling thread, as `passing` names it.
    private static var thread: UInt {
        #if canImport(Darwin)
            UInt(bitPattern: pthread_self())
        #else
            pthread_self()
        #endif
    }

    /// Creates a gate that is open.
    package init() {}

    /// Runs a write to the terminal; does nothing once the gate is closed. For one thread at a time.
    package func pass(_ write: () -> Void) {
        // Either this sees the gate closed, or who closes it sees this thread: both are in one order for all threads.
        passing.store(Self.thread, ordering: .sequentiallyConsistent)
        if !isClosed.load(ordering: .sequentiallyConsistent) { write() }
        passing.store(0, ordering: .releasing)
    }

    /// Lets nothing more through, and waits for another thread that is passing: up to a second, since the terminal may
    /// take nothing. Does not wait for the calling thread, which a signal may have interrupted there.
    package func close() {
        isClosed.store(true, ordering: .sequentiallyConsistent)
        let own = Self.thread
        for _ in 0..<1000 {
            let thread = passing.load(ordering: .sequentiallyConsistent)
            if thread == 0 || thread == own { return }
            var pause = timespec(tv_sec: 0, tv_nsec: 1_000_000)
            nanosleep(&pause, nil)
        }
    }

    /// Lets writes through again.
    package func open() {
        isClosed.store(false, ordering: .sequentiallyConsistent)
    }
}
