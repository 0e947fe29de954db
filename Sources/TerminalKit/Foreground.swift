import Foundation

/// Whose the terminal is: a shell lends it to one job at a time, the foreground one.
enum Foreground {
    /// Whether this process may draw on the terminal and change its modes: its job is in the foreground, or the
    /// terminal is shared out to nobody, having no session that it belongs to.
    static var isOurs: Bool {
        // No error, and no group of another process namespace, is anybody's job.
        let group = tcgetpgrp(0)
        return group <= 0 || group == getpgrp()
    }

    /// Waits until the terminal is this job's. Meanwhile the process is stopped, as by SIGTTOU, and the shell says so.
    ///
    /// - Throws: `TerminalError.background` where nobody could ever continue it.
    static func wait() throws(TerminalError) {
        guard !isOurs else { return }
        // On a thread of its own, since the caller's may block the signal, in which case the system waits for nothing.
        let isOver = DispatchSemaphore(value: 0)
        // Written before the semaphore is signalled, read after it was waited for.
        nonisolated(unsafe) var reason: Int32 = 0
        Thread.detachNewThread {
            SignalTrap.unblockOnThisThread()
            // Of the calls that wait until a process is in the foreground, the one that changes nothing.
            while tcdrain(1) != 0 {
                reason = errno
                guard reason == EINTR else { break }
                reason = 0
            }
            isOver.signal()
        }
        isOver.wait()
        if reason != 0 { throw .background }
    }
}
