import CSignals
import Foundation
import GGUF
import TerminalKit

/// What happens when a signal ends the program.
enum Crashes {
    /// Makes signals end the program as they end any other.
    ///
    /// Swift's runtime otherwise takes Ctrl-\ for a crash, and at a crash asks the terminal for half a minute what to
    /// do. Who wants its report asks for it with $SWIFT_BACKTRACE.
    static func endAtOnce() {
        guard getenv("SWIFT_BACKTRACE") == nil else { return }
        for number in [SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV] {
            var action = sigaction()
            sigaction(number, nil, &action)
            if !fathom_is_ignored(&action) { fathom_default_signal(number) }
        }
    }

    /// Says in one line that a model's file was shortened while it was read.
    static func explainTruncation() {
        TruncationTrap.endProcess(status: Failure.Kind.model.rawValue) { path in
            let name = TextSanitizer.sanitized(path, keepingNewlines: false)
            return
                "fathom: \(name) was cut short while it was read. Put the whole file back, then start again."
        }
    }
}
