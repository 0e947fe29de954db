import CNcurses
import Foundation
import Synchronization

/// The signals that concern the screen.
///
/// Signals that leave time are passed on as bytes through a pipe to the thread that reads the keyboard. Signals that
/// kill give the terminal back first, then do what they did before.
///
/// The handlers touch only atomics and memory made ready by `install`, and call only async-signal-safe functions.
enum SignalTrap {
    /// Signals that the screen changed, or that the process is stopped or goes on.
    private static let screenSignals = [SIGWINCH, SIGCONT, SIGTSTP]
    /// Signals that ask the process to end. Asked twice, it ends at once.
    static let endSignals = [SIGTERM, SIGHUP, SIGINT]
    private static let fatalSignals = [
        SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS, SIGXCPU,
    ]

    private static let pipe = Atomic<Int32>(-1)
    private static let isAskedToEnd = Atomic<Bool>(false)
    /// What each signal did before, by its number. Any thread may read it: it is complete before it is stored, and
    /// neither changed nor freed afterwards.
    nonisolated(unsafe) private static let previous = Atomic<UnsafeMutablePointer<sigaction>?>(nil)
    private static let signalCount = 65

    /// Handles the signals that concern the screen; those that a parent made this process ignore stay ignored. Signals
    /// that leave time write their numbers to `descriptor`.
    static func install(writingTo descriptor: Int32) {
        let actions = UnsafeMutablePointer<sigaction>.allocate(capacity: signalCount)
        actions.initialize(repeating: sigaction(), count: signalCount)
        pipe.store(descriptor, ordering: .releasing)
        isAskedToEnd.store(false, ordering: .releasing)
        for number in screenSignals + endSignals + fatalSignals {
            sigaction(number, nil, actions + Int(number))
        }
        previous.store(actions, ordering: .releasing)
        for number in screenSignals + endSignals where fathom_is_ignored(actions + Int(number)) == 0 {
            _ = fathom_handle_signal(number, passOn, nil)
        }
        for number in fatalSignals { _ = fathom_handle_signal(number, restoreAndDie, nil) }
    }

    /// Makes the signals do again what they did before `install`.
    static func uninstall() {
        guard let actions = previous.load(ordering: .acquiring) else { return }
        for number in screenSignals + endSignals + fatalSignals {
            sigaction(number, actions + Int(number), nil)
        }
        pipe.store(-1, ordering: .releasing)
    }

    /// Lets the calling thread receive the signals handled here, whatever mask it was started with. A new thread
    /// inherits its maker's, and the worker threads that Swift's tasks run on block nearly all: a signal that
    /// `stopProcess` raises on such a thread would wait for ever, and nothing would stop.
    static func unblockOnThisThread() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in screenSignals + endSignals { sigaddset(&signals, number) }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// Stops the process until it is continued, as SIGTSTP does where nobody handles it; `wholeJob` stops the process
    /// group too, as the terminal does at Ctrl-Z. Returns at once where nobody could continue it: the process group
    /// is orphaned, or the parent knows no job control and had the signal ignored. To be called on a thread that does
    /// not block SIGTSTP.
    static func stopProcess(wholeJob: Bool) {
        guard let actions = previous.load(ordering: .acquiring),
            fathom_is_ignored(actions + Int(SIGTSTP)) == 0
        else { return }
        if wholeJob {
            // This process stops below, on this thread: a signal to the group could reach another thread, later.
            _ = fathom_ignore_signal(SIGTSTP)
            kill(0, SIGTSTP)
        }
        _ = fathom_default_signal(SIGTSTP)
        raise(SIGTSTP)
        _ = fathom_handle_signal(SIGTSTP, passOn, nil)
    }

    private static let passOn: @convention(c) (Int32) -> Void = { number in
        let savedError = errno
        let endsProcess = number == SIGTERM || number == SIGHUP || number == SIGINT
        if endsProcess, isAskedToEnd.exchange(true, ordering: .acquiringAndReleasing) {
            restoreAndDie(number)
        } else {
            var byte = UInt8(truncatingIfNeeded: number)
            _ = write(pipe.load(ordering: .acquiring), &byte, 1)
        }
        errno = savedError
    }

    private static let restoreAndDie: @convention(c) (Int32) -> Void = { number in
        TerminalRestorer.restore()
        // Blocked until this handler returns; then the earlier action takes its course.
        if let actions = previous.load(ordering: .acquiring) { sigaction(number, actions + Int(number), nil) }
        raise(number)
    }
}
