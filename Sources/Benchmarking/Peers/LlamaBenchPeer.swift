package import Foundation
import MoDModel

/// llama.cpp's own benchmark, started once a round. It decodes from an empty context.
final class LlamaBenchPeer: Peer {
    private(set) var name = "llama-bench"
    let decodesAfterPrompt = false
    private let program: PeerProgram
    private let weights: String
    private let plan: BenchPlan
    private let threads: Int

    init(_ program: PeerProgram, weights: String, bed: BenchBed) {
        self.program = program
        self.weights = weights
        plan = bed.plan
        threads = bed.session.threadCount
    }

    func measure() throws(BenchmarkError) -> PeerSpeed {
        let output = try NamelessFile()
        let child = try ChildProcess(
            program.name, executable: URL(filePath: program.path),
            arguments: [
                "-m", weights, "-p", "\(plan.prompt)", "-n", "\(plan.decoded)", "-t", "\(threads)",
                "-r", "1", "-o", "json",
            ], output: .file(output.handle))
        try child.finish()
        guard let figures = LlamaBenchOutput(output.contents, prompt: plan.prompt, decoded: plan.decoded)
        else {
            throw .answer(program: child.name, reason: "did not print what `llama-bench -o json` does")
        }
        name = figures.name
        return figures.speed
    }
}

/// What `llama-bench -o json` prints.
package struct LlamaBenchOutput: Sendable, Hashable {
    /// The program's name, build and commit.
    package let name: String
    package let speed: PeerSpeed

    /// One of its tests.
    private struct Test: Decodable {
        let build_commit: String
        let build_number: Int
        let n_prompt: Int
        let n_gen: Int
        /// Tokens a second.
        let avg_ts: Double
    }

    /// Nil where it is something else, or lacks the test of so many tokens of a prompt or of so many decoded.
    package init?(_ data: Data, prompt: Int, decoded: Int) {
        guard let tests = try? JSONDecoder().decode([Test].self, from: data),
            let prefill = tests.first(where: { $0.n_prompt == prompt && $0.n_gen == 0 }),
            let decode = tests.first(where: { $0.n_prompt == 0 && $0.n_gen == decoded }),
            let speed = PeerSpeed(prefill: prefill.avg_ts, decode: decode.avg_ts)
        else { return nil }
        name = "llama-bench \(prefill.build_number) (\(prefill.build_commit))"
        self.speed = speed
    }
}
