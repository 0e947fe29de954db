import CSignals
import Foundation

/// How a program ended.
public enum ProcessEnd: Sendable, Hashable {
    /// The program ended by itself, with this exit code.
    case exit(Int32)
    /// A signal of this number ended the program: it crashed, or something killed it.
    case signal(Int32)

    /// The end of a process; nil while it goes on.
    ///
    /// What a process has started may outlive it, and Foundation learns of the end only once all of that has ended,
    /// too. The system knows at once.
    init?(_ process: Process) {
        var (status, bySignal) = (Int32(0), false)
        if !process.isRunning {
            status = process.terminationStatus
            bySignal = process.terminationReason == .uncaughtSignal
        } else if !fathom_child_has_ended(process.processIdentifier, &status, &bySignal) {
            return nil
        }
        self = bySignal ? .signal(status) : .exit(status)
    }
}

extension ProcessEnd: CustomStringConvertible {
    /// What follows the word “ended”: `with exit code 1`, `by signal 4 (Illegal instruction)`.
    public var description: String {
        switch self {
        case .exit(let code): "with exit code \(code)"
        case .signal(let number): "by signal \(number) (\(String(cString: strsignal(number))))"
        }
    }
}
