import CSignals
import Foundation
import Synchronization

/// The signals that concern the screen.
///
/// Signals that leave time are passed on as bytes through a pipe to the thread that reads the keyboard. Signals that
/// end the process give the terminal back first, then do what they did before.
///
/// The handlers touch only atomics and memory made ready by `install`, and call only async-signal-safe functions.
enum SignalTrap {
    /// Signals that the screen changed, or that the process is stopped or goes on.
    private static let screenSignals = [SIGWINCH, SIGCONT, SIGTSTP]
    /// Signals that ask the process to end. Asked twice, it ends at once.
    static let endSignals = [SIGTERM, SIGHUP, SIGINT]
    /// What stops a process that reads from or writes to a terminal which another job has.
    private static let backgroundSignals = [SIGTTIN, SIGTTOU]
    /// Signals that end the process where nobody handles them: all but those above, those that do nothing by default,
    /// and SIGKILL and SIGSTOP, which nobody can handle.
    private static let fatalSignals: [Int32] = {
        let harmless = [SIGCHLD, SIGURG, SIGKILL, SIGSTOP] + screenSignals + endSignals + backgroundSignals
        return (1..<signalCount).filter { !harmless.contains($0) && !harmlessBySystem.contains($0) }
    }()
    /// Signals that the crash reports of Swift's runtime handle.
    private static let crashSignals = [SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV]

    private static let pipe = Atomic<Int32>(-1)
    private static let isAskedToEnd = Atomic<Bool>(false)
    /// The signal that asked the process to end; 0 before one did.
    private static let endSignal = Atomic<Int32>(0)
    /// What each signal did before, by its number. Any thread may read it: it is complete before it is stored, and
    /// neither changed nor freed afterwards.
    nonisolated(unsafe) private static let previous = Atomic<UnsafeMutablePointer<sigaction>?>(nil)

    #if canImport(Darwin)
        /// One more than the largest number of a signal.
        private static let signalCount: Int32 = 32
        /// Signals of this system alone that do nothing by default.
        private static let harmlessBySystem = [SIGINFO, SIGIO]
    #else
        private static let signalCount: Int32 = 65
        private static let harmlessBySystem: [Int32] = []
    #endif

    /// Handles the signals that concern the screen. Those that a parent made this process ignore, and those that end
    /// nothing because somebody else handles them, stay as they are. Signals that leave time write their numbers to
    /// `descriptor`.
    static func install(writingTo descriptor: Int32) {
        let actions = UnsafeMutablePointer<sigaction>.allocate(capacity: Int(signalCount))
        actions.initialize(repeating: sigaction(), count: Int(signalCount))
        pipe.store(descriptor, ordering: .releasing)
        isAskedToEnd.store(false, ordering: .releasing)
        endSignal.store(0, ordering: .releasing)
        // The C library keeps some numbers to itself; of those the action stays the default one, and cannot be set.
        for number in 1..<signalCount { sigaction(number, nil, actions + Int(number)) }
        previous.store(actions, ordering: .releasing)
        for number in screenSignals + endSignals where !fathom_is_ignored(actions + Int(number)) {
            fathom_handle_signal(number, passOn)
        }
        for number in fatalSignals
        where fathom_is_default(actions + Int(number))
            || (crashSignals.contains(number) && !fathom_is_ignored(actions + Int(number)))
        {
            fathom_handle_signal(number, restoreAndDie)
        }
    }

    /// Makes the signals do again what they did before `install`.
    static func uninstall() {
        guard let actions = previous.load(ordering: .acquiring) else { return }
        for number in screenSignals + endSignals + fatalSignals {
            sigaction(number, actions + Int(number), nil)
        }
        pipe.store(-1, ordering: .releasing)
    }

    /// Lets the calling thread receive the signals handled here, and be stopped where another job has the terminal,
    /// whatever mask it was started with. A new thread inherits its maker's, and the worker threads that Swift's tasks
    /// run on block nearly all: a signal that `stopProcess` raises on such a thread would wait for ever, and nothing
    /// would stop.
    static func unblockOnThisThread() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in screenSignals + endSignals + backgroundSignals { sigaddset(&signals, number) }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// Stops the process until it is continued, as SIGTSTP does where nobody handles it; `wholeJob` stops the process
    /// group too, as the terminal does at Ctrl-Z. Returns at once where nobody could continue it: the process group
    /// is orphaned, or the parent knows no job control and had the signal ignored. To be called on a thread that does
    /// not block SIGTSTP.
    static func stopProcess(wholeJob: Bool) {
        guard let actions = previous.load(ordering: .acquiring), !fathom_is_ignored(actions + Int(SIGTSTP))
        else { return }
        if wholeJob {
            // This process stops below, on this thread: a signal to the group could reach another thread, later.
            fathom_ignore_signal(SIGTSTP)
            kill(0, SIGTSTP)
        }
        fathom_default_signal(SIGTSTP)
        raise(SIGTSTP)
        fathom_handle_signal(SIGTSTP, passOn)
    }

    /// Ends the process by the signal that asked it to end, so that who waits for it knows; returns where none did.
    static func endAsAsked() {
        let number = endSignal.load(ordering: .acquiring)
        guard number != 0 else { return }
        fathom_default_signal(number)
        unblockOnThisThread()
        kill(getpid(), number)
    }

    private static let passOn: fathom_signal_handler = { number, origin, context in
        let savedError = errno
        let endsProcess = number == SIGTERM || number == SIGHUP || number == SIGINT
        if endsProcess { endSignal.store(number, ordering: .releasing) }
        if endsProcess, isAskedToEnd.exchange(true, ordering: .acquiringAndReleasing) {
            restoreAndDie(number, origin, context)
        } else {
            var byte = UInt8(truncatingIfNeeded: number)
            _ = write(pipe.load(ordering: .acquiring), &byte, 1)
        }
        errno = savedError
    }

    private static let restoreAndDie: fathom_signal_handler = { number, origin, _ in
        TerminalRestorer.restore()
        if let actions = previous.load(ordering: .acquiring) { sigaction(number, actions + Int(number), nil) }
        // The instruction at fault is run again after this, and so the earlier action takes its course, knowing of the
        // address. Any other signal is blocked until this handler returns, and comes then.
        if let origin, fathom_is_fault(origin) { return }
        raise(number)
    }
}
