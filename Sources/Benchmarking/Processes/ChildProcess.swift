package import Foundation

/// Another program, running: whoever waits for it learns how it ended and the last thing it said on standard error.
package final class ChildProcess {
    /// What it has for standard input or output.
    package enum Stream {
        /// Nothing to read, and nobody who reads.
        case nothing
        /// The other end of a pipe.
        case pipe(Pipe)
        /// A file or a terminal.
        case file(FileHandle)

        fileprivate var object: Any {
            switch self {
            case .nothing: FileHandle.nullDevice
            case .pipe(let pipe): pipe
            case .file(let handle): handle
            }
        }
    }

    /// What errors call it.
    package let name: String
    private let process = Process()
    /// How it ended, once that is known: the system tells it once, and Foundation perhaps later.
    private var knownEnd: ProcessEnd?
    private let errors: NamelessFile

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - name: what errors call it.
    ///   - environment: nil for this program's own.
    /// - Throws: `BenchmarkError.start` where the system refuses, or `noTemporaryFiles`.
    package init(
        _ name: String, executable: URL, arguments: [String], environment: [String: String]? = nil,
        input: Stream = .nothing, output: Stream = .nothing
    ) throws(BenchmarkError) {
        self.name = name
        errors = try NamelessFile()
        process.executableURL = executable
        process.arguments = arguments
        if let environment { process.environment = environment }
        process.standardInput = input.object
        process.standardOutput = output.object
        process.standardError = errors.handle
        do {
            try process.run()
        } catch {
            throw .start(program: name, reason: SystemWords.of(error))
        }
    }

    package var identifier: Int32 { process.processIdentifier }
    /// Whether it goes on; what it has started does not count.
    package var isRunning: Bool { howItEnded == nil }

    /// How it ended; nil while it goes on.
    private var howItEnded: ProcessEnd? {
        if knownEnd == nil { knownEnd = ProcessEnd(process) }
        return knownEnd
    }

    /// Waits for its end, but no longer than so long; false where it goes on.
    package func waitForEnd(atMost limit: Duration) -> Bool {
        let end = ContinuousClock.now + limit
        while isRunning, ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.01) }
        return !isRunning
    }

    /// Ends it where it has not ended yet: asks it to, and kills it where that is of no use.
    package func end() {
        guard isRunning else { return }
        process.terminate()
        if waitForEnd(atMost: Self.grace) { return }
        kill(identifier, SIGKILL)
        _ = waitForEnd(atMost: Self.grace)
    }

    /// Waits for its end, which must be one in good order.
    ///
    /// - Throws: `BenchmarkError.ended` after a signal or an exit code other than 0; `silent` where it goes on for
    ///   longer than so long, and it is ended then.
    package func finish(atMost limit: Duration = longestTurn) throws(BenchmarkError) {
        guard waitForEnd(atMost: limit), let end = howItEnded else { throw silence(after: limit) }
        guard end == .exit(0) else { throw .ended(program: name, end, lastLine: errors.lastLine) }
    }

    /// What to throw of a program that has given no answer for so long; it is ended.
    package func silence(after limit: Duration) -> BenchmarkError {
        end()
        return .silent(program: name, seconds: Int(limit / .seconds(1)))
    }

    /// What to throw of a program that has left off before it gave what it should: how it ended; or where it ended in
    /// good order, or goes on and is ended here, the reason given.
    package func failure(_ reason: String) -> BenchmarkError {
        if waitForEnd(atMost: Self.patience), let end = howItEnded {
            if end != .exit(0) { return .ended(program: name, end, lastLine: errors.lastLine) }
        } else {
            end()
        }
        return .answer(program: name, reason: reason)
    }

    /// Far longer than a program takes for one turn of a benchmark.
    package static let longestTurn = Duration.seconds(600)
    /// Far longer than a program takes to end once it has closed its output.
    private static let patience = Duration.seconds(30)
    /// Long enough to clean up, once it is asked to end.
    private static let grace = Duration.seconds(3)
}
