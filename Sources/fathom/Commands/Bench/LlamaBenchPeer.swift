import Foundation
import MoDModel

/// llama.cpp's own benchmark, started once a round. It decodes from an empty context.
final class LlamaBenchPeer: Peer {
    private(set) var name = "llama-bench"
    let decodesAfterPrompt = false
    private let path: String
    private let arguments: [String]

    /// One of its tests, as `-o json` prints it.
    private struct Test: Decodable {
        let build_commit: String
        let build_number: Int
        let n_prompt: Int
        let n_gen: Int
        /// Tokens a second.
        let avg_ts: Double
    }

    init(_ path: String, weights: String, bed: BenchBed) {
        self.path = path
        arguments = [
            "-m", weights, "-p", "\(bed.plan.prompt)", "-n", "\(bed.plan.decoded)",
            "-t", "\(bed.session.threadCount)", "-r", "1", "-o", "json",
        ]
    }

    func measure() throws -> PeerSpeed {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0, let tests = try? JSONDecoder().decode([Test].self, from: data),
            let prefill = tests.first(where: { $0.n_gen == 0 }),
            let decode = tests.first(where: { $0.n_prompt == 0 })
        else {
            throw Failure(.software, "\(path) did not print what `llama-bench -o json` does.")
        }
        name = "llama-bench \(prefill.build_number) (\(prefill.build_commit))"
        return PeerSpeed(prefill: prefill.avg_ts, decode: decode.avg_ts)
    }
}
