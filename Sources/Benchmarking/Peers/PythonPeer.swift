package import Foundation
import MoDModel

/// llama.cpp through its Python package, in a process that stays and waits between its turns.
final class PythonPeer: Peer {
    let name: String
    let decodesAfterPrompt = true
    private let dialogue: LineDialogue
    private let plan: BenchPlan

    /// Says its version once it is ready; then a line of times, in seconds, for each line it is given.
    private static let script = """
        import json, sys, time
        import llama_cpp
        path, threads, prompt = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
        tokens = json.loads(sys.stdin.readline())
        llama = llama_cpp.Llama(path, n_ctx=len(tokens), n_batch=prompt, n_threads=threads,
                                n_threads_batch=threads, verbose=False)
        def turn():
            llama.reset()
            start = time.perf_counter()
            llama.eval(tokens[:prompt])
            middle = time.perf_counter()
            for token in tokens[prompt:]:
                llama.eval([token])
            return [middle - start, time.perf_counter() - middle]
        turn()
        print(json.dumps(llama_cpp.__version__), flush=True)
        for line in sys.stdin:
            print(json.dumps(turn()), flush=True)
        """

    init(_ program: PeerProgram, weights: String, bed: BenchBed) throws(BenchmarkError) {
        plan = bed.plan
        dialogue = try LineDialogue(
            "llama_cpp in \(program.name)", executable: URL(filePath: program.path),
            arguments: ["-c", Self.script, weights, "\(bed.session.threadCount)", "\(bed.plan.prompt)"])
        let tokens = (bed.prompt + bed.continuation).map(String.init).joined(separator: ",")
        guard let version = PythonAnswer.version(try dialogue.ask("[\(tokens)]")) else {
            throw .answer(program: dialogue.name, reason: "did not say its version")
        }
        name = "llama-cpp-python \(version)"
    }

    func measure() throws(BenchmarkError) -> PeerSpeed {
        let answer = try dialogue.ask("turn")
        guard let speed = PythonAnswer.speed(answer, prompt: plan.prompt, decoded: plan.decoded) else {
            throw .answer(program: dialogue.name, reason: "did not say how long it took")
        }
        return speed
    }
}

/// What the Python peer's script prints.
package enum PythonAnswer {
    /// Its first line: the package's version. Nil where it is something else.
    package static func version(_ line: Data) -> String? {
        guard let version = try? JSONDecoder().decode(String.self, from: line), !version.isEmpty else {
            return nil
        }
        return version
    }

    /// Each further line: the seconds that so many tokens of a prompt took, and so many decoded. Nil where it is
    /// something else, or no time has passed.
    package static func speed(_ line: Data, prompt: Int, decoded: Int) -> PeerSpeed? {
        guard let seconds = try? JSONDecoder().decode([Double].self, from: line), seconds.count == 2 else {
            return nil
        }
        return PeerSpeed(prefill: Double(prompt) / seconds[0], decode: Double(decoded) / seconds[1])
    }
}
