import Foundation

/// How a program ended.
public enum ProcessEnd: Sendable, Hashable {
    /// By itself, with this code.
    case exit(Int32)
    /// By a signal of this number: it crashed, or something killed it.
    case signal(Int32)

    /// The end of a process that has ended.
    init(_ process: Process) {
        let status = process.terminationStatus
        self = process.terminationReason == .uncaughtSignal ? .signal(status) : .exit(status)
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
