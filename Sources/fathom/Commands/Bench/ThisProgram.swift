import Foundation
import InferenceEngine

/// Further runs of this program: some figures are those of a whole process.
struct ThisProgram {
    /// The model's path.
    let model: String
    let threads: Int

    /// What a `run` told.
    struct Run {
        /// Seconds from before the process was started to the first byte of the reply.
        let firstByte: Double
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

    /// Runs `run` to its end.
    func run(_ arguments: [String]) throws -> Run {
        let process = process("run", arguments)
        let (output, errors) = (Pipe(), Pipe())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        let start = ContinuousClock.now
        try process.run()
        _ = try output.fileHandleForReading.read(upToCount: 1)
        let firstByte = (ContinuousClock.now - start) / .seconds(1)
        _ = try output.fileHandleForReading.readToEnd()
        let summary = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard let parts = summary.firstMatch(of: /prompt (\d+) tokens.*reply \d+ at ([\d.]+)/),
            let tokens = Int(parts.1), let rate = Double(parts.2)
        else { throw Failure(.software, "A run to be timed failed: \(summary)") }
        return Run(firstByte: firstByte, promptTokens: tokens, rate: rate)
    }
}
