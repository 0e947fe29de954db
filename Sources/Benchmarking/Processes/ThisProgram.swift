import Conversations
package import Foundation
package import InferenceEngine

/// Further runs of this program: some figures are those of a whole process.
package struct ThisProgram {
    private let executable: URL
    private let model: String
    private let threads: Int
    /// For the files of its runs, away from the user's.
    let folder: TemporaryFolder

    /// - Parameter model: the model's path.
    /// - Throws: `BenchmarkError.noTemporaryFiles`.
    package init(executable: URL, model: String, threads: Int) throws(BenchmarkError) {
        self.executable = executable
        self.model = model
        self.threads = threads
        folder = try TemporaryFolder()
    }

    /// Starts a command on the model, dense, which is to tell what its replies cost.
    func start(
        _ command: String, _ arguments: [String], environment: [String: String]? = nil,
        input: ChildProcess.Stream = .nothing, output: ChildProcess.Stream
    ) throws(BenchmarkError) -> (child: ChildProcess, replies: ReplySummaries) {
        let name = "fathom \(command)"
        let replies = ReplySummaries(of: name, in: folder.url)
        let child = try ChildProcess(
            name, executable: executable,
            arguments: [command, "--model", model, "--threads", "\(threads)", "--capacity", "1"]
                + ["--seed", "\(BenchChat.sampling.seed)"] + replies.arguments + arguments,
            environment: isolated(environment ?? ProcessInfo.processInfo.environment), input: input,
            output: output)
        return (child, replies)
    }

    /// An environment without the user's settings, with which figures would not be comparable.
    private func isolated(_ environment: [String: String]) -> [String: String] {
        environment.filter { !$0.key.hasPrefix("FATHOM_") }
            .merging(["XDG_CONFIG_HOME": folder.url.path]) { $1 }
    }

    /// Runs `run` to its end. Nobody reads the reply: that would take time from the model.
    ///
    /// - Throws: `BenchmarkError` where it fails.
    package func run(_ arguments: [String]) throws(BenchmarkError) -> ReplySummary {
        let (child, replies) = try start("run", arguments, output: .nothing)
        return try Self.reply(of: child, in: replies)
    }

    /// Runs `run` to its end and also measures the seconds from before the process was started to the first byte of
    /// the reply, which is to be no longer than a pipe holds.
    ///
    /// - Throws: `BenchmarkError` where it fails.
    package func runToFirstByte(
        _ arguments: [String]
    ) throws(BenchmarkError) -> (seconds: Double, summary: ReplySummary) {
        let output = Pipe()
        let start = ContinuousClock.now
        let (child, replies) = try self.start("run", arguments, output: .pipe(output))
        // Open to the end, lest it is ended for writing on.
        defer { try? output.fileHandleForReading.close() }
        let limit = ChildProcess.longestTurn
        var reading = pollfd(
            fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
        var found: Int32
        repeat {
            found = poll(&reading, 1, Int32(limit / .milliseconds(1)))
        } while found < 0 && errno == EINTR
        guard found > 0 else { throw child.silence(after: limit) }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return (seconds, try Self.reply(of: child, in: replies))
    }

    private static func reply(
        of child: ChildProcess, in replies: ReplySummaries
    ) throws(BenchmarkError) -> ReplySummary {
        try child.finish()
        guard let reply = try replies.read().last else {
            throw .answer(program: child.name, reason: "wrote no summary of its reply")
        }
        return reply
    }
}
