import Foundation
import InferenceEngine

/// Further runs of this program: some figures are those of a whole process.
struct ThisProgram {
    /// The model's path.
    let model: String
    let threads: Int

    /// What a `run` told.
    struct Run {
        /// Tokens of the prompt.
        let promptTokens: Int
        /// Generated tokens a second.
        let rate: Double
    }

    /// Prepares a command on the model, dense.
    func process(_ command: String, _ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL =
            Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        process.arguments =
            [command, "--model", model, "--threads", "\(threads)", "--capacity", "1"]
            + ["--seed", "\(BenchChat.sampling.seed)"] + arguments
        return process
    }

    /// Runs `run` to its end. Nobody reads the reply: that would take time from the model.
    func run(_ arguments: [String]) throws -> Run {
        let process = process("run", arguments)
        process.standardOutput = FileHandle.nullDevice
        return try run(process) {}
    }

    /// Runs `run` to its end and also measures the seconds from before the process was started to the first byte of
    /// the reply.
    func runToFirstByte(_ arguments: [String]) throws -> (seconds: Double, run: Run) {
        let process = process("run", arguments)
        let output = Pipe()
        process.standardOutput = output
        var seconds = 0.0
        let start = ContinuousClock.now
        let run = try run(process) {
            _ = try output.fileHandleForReading.read(upToCount: 1)
            seconds = (ContinuousClock.now - start) / .seconds(1)
            _ = try output.fileHandleForReading.readToEnd()
        }
        return (seconds, run)
    }

    private func run(_ process: Process, meanwhile read: () throws -> Void) throws -> Run {
        let errors = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
        try read()
        let summary = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard let parts = summary.firstMatch(of: /prompt (\d+) tokens.*reply \d+ at ([\d.]+)/),
            let tokens = Int(parts.1), let rate = Double(parts.2)
        else { throw Failure(.software, "A run to be timed failed: \(summary)") }
        return Run(promptTokens: tokens, rate: rate)
    }
}
