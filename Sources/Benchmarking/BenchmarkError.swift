/// Why a benchmark could not go on, where that is not the model's or the engine's fault.
public enum BenchmarkError: Error, Sendable, Hashable {
    /// A program could not be started; `reason` is the system's.
    case start(program: String, reason: String)
    /// A program ended by a signal, or with an exit code other than 0. `lastLine` is the last thing that it said on
    /// standard error.
    case ended(program: String, ProcessEnd, lastLine: String?)
    /// A program said something else than it should, or nothing.
    case answer(program: String, reason: String)
    /// A program did not answer for so long.
    case silent(program: String, seconds: Int)
    /// A program did not end for so long after it was told to.
    case stays(program: String, seconds: Int)
    /// The system has no pseudo-terminal to give.
    case noTerminal(reason: String)
    /// The system has no room for temporary files.
    case noTemporaryFiles(reason: String)
}

extension BenchmarkError: CustomStringConvertible {
    /// One line for the user: what happened, and of a program that hung what to do.
    public var description: String {
        switch self {
        case .start(let program, let reason): "\(program) cannot be started: \(reason)"
        case .ended(let program, let end, let lastLine):
            "\(program) ended \(end)" + (lastLine.map { ": \($0)" } ?? ".")
        case .answer(let program, let reason): "\(program) \(reason)."
        case .silent(let program, let seconds):
            "\(program) gave no answer in \(seconds) seconds and was stopped. \(Self.remedy)"
        case .stays(let program, let seconds):
            "\(program) was told to end, did not in \(seconds) seconds, and was stopped. \(Self.remedy)"
        case .noTerminal(let reason): "There is no pseudo-terminal to run a chat in: \(reason)"
        case .noTemporaryFiles(let reason): "There is no room for temporary files: \(reason)"
        }
    }

    private static let remedy =
        "Run it by itself to see where it hangs, or measure again with nothing else running."
}
