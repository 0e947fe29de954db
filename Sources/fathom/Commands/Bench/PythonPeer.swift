import Foundation
import MoDModel

/// llama.cpp through its Python package, in a process that stays and waits between its turns.
final class PythonPeer: Peer {
    let name: String
    let decodesAfterPrompt = true
    private let process = Process()
    private let requests = Pipe()
    private let answers = Pipe()
    private let promptCount: Double
    private let decodedCount: Double

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

    init(_ path: String, weights: String, bed: BenchBed) throws {
        promptCount = Double(bed.prompt.count)
        decodedCount = Double(bed.continuation.count)
        process.executableURL = URL(filePath: path)
        process.arguments = [
            "-c", Self.script, weights, "\(bed.session.threadCount)", "\(bed.prompt.count)",
        ]
        process.standardInput = requests
        process.standardOutput = answers
        // One that has ended is to be told of as an error, not to end this program.
        signal(SIGPIPE, SIG_IGN)
        try process.run()
        let tokens = Array(bed.prompt + bed.continuation)
        let version: String = try Self.ask(tokens, requests, answers, path)
        name = "llama-cpp-python \(version)"
    }

    deinit {
        // At the end of its input it leaves.
        try? requests.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    func measure() throws -> PeerSpeed {
        let seconds: [Double] = try Self.ask("turn", requests, answers, process.executableURL?.path ?? name)
        guard seconds.count == 2 else { throw Failure(.software, "\(name) did not say how long it took.") }
        return PeerSpeed(prefill: promptCount / seconds[0], decode: decodedCount / seconds[1])
    }

    /// Sends one line and reads one.
    private static func ask<Answer: Decodable>(
        _ request: some Encodable, _ requests: Pipe, _ answers: Pipe, _ path: String
    ) throws -> Answer {
        let line = try JSONEncoder().encode(request) + Data("\n".utf8)
        try? requests.fileHandleForWriting.write(contentsOf: line)
        var answer = Data()
        while let byte = try answers.fileHandleForReading.read(upToCount: 1), byte != Data("\n".utf8) {
            answer += byte
        }
        guard let value = try? JSONDecoder().decode(Answer.self, from: answer) else {
            throw Failure(.software, "\(path) failed to run llama_cpp; standard error above says why.")
        }
        return value
    }
}
