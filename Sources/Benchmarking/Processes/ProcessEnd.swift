import Foundation

/// How a program ended.
public enum ProcessEnd: Sendable, Hashable {
    /// The program ended by itself, with this exit code.
    case exit(Int32)
    /// A signal of this number ended the program: it crashed, or something killed it.
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
