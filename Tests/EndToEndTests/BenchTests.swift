import Foundation
import TestSupport
import Testing

/// What `bench` prints. The figures are the machine's; what must hold are the relations between them.
@Suite("The benchmark", .serialized)
struct BenchTests {
    struct Pair: Decodable {
        let first: Double
        let second: Double
        let ratio: Double

        /// One round's ratio is that of its parts.
        var isSound: Bool { first > 0 && second > 0 && abs(ratio - first / second) <= 1e-9 * ratio }
    }

    struct Report: Decodable {
        struct Row: Decodable {
            let capacity, prefillRealised, realised, prefill, decode, weightBytes, cacheBytes, bytes,
                roofline, reached: Double
        }
        struct Lengths: Decodable {
            let prompt, decoded, shallow, deep, firstTokenPrompt: Int
        }
        struct Resident: Decodable {
            let own, program, contextTokens: Int
        }
        struct Peer: Decodable {
            let name: String
            let decodesAfterPrompt: Bool
            let prefill, decode: Pair
        }
        struct Steps: Decodable {
            struct Row: Decodable {
                let policy: String
                let window: Int?
                let p50, p99, max: Double
                let counts: [Int]
            }
            let capacity, binStart, binWidth: Double
            let tokens: Int
            let policies: [Row]
        }
        let model, processor, kernels: String
        let threads, rounds: Int
        let tokens: Lengths
        let oneThreadBandwidth, bandwidth, firstToken: Double
        let capacities: [Row]
        let halfPrefill, threadsPrefill, threadsDecode: Pair?
        let stepMilliseconds: Steps?
        let deepDecode, engineDecode, chatDecode: Pair
        let lookupRepeating, lookupEditing, lookupChat: Pair?
        let resident, longResident: Resident?
        let peer: Peer?
    }

    private func bench(
        _ arguments: [String], model: String, in home: Home, environment: [String: String] = [:]
    ) async throws -> Program.Outcome {
        try await Program.run(
            ["bench", "--quick", "--model", model] + arguments, in: home, environment: environment)
    }

    private func report(
        _ arguments: [String], model: String, in home: Home, environment: [String: String] = [:]
    ) async throws -> Report {
        let run = try await bench(
            ["--format", "json"] + arguments, model: model, in: home, environment: environment)
        try #require(run.status == 0, "\(run.errors)")
        return try JSONDecoder().decode(Report.self, from: run.data)
    }

    @Test("Every row is there, and each figure agrees with those it is made of")
    func relations() async throws {
        let home = try Home()
        let report = try await report(["--threads", "2"], model: home.model(), in: home)
        #expect(report.model == "Tiny" && report.threads == 2 && report.rounds == 1)
        #expect(!report.processor.isEmpty && !report.kernels.isEmpty)
        #expect(report.oneThreadBandwidth > 1e8 && report.bandwidth > 1e8)
        let rows = report.capacities
        #expect(rows.map(\.capacity) == [1, 0.75, 0.5, 0.25])
        #expect(rows[0].realised == 1 && rows.map(\.realised) == rows.map(\.realised).sorted(by: >))
        let prompts = rows.map(\.prefillRealised)
        #expect(prompts[0] == 1 && prompts[3] < 1 && prompts == prompts.sorted(by: >))
        // What is bypassed is not read.
        for (more, less) in zip(rows, rows.dropFirst()) {
            #expect(more.weightBytes > less.weightBytes && more.cacheBytes > less.cacheBytes)
        }
        for row in rows {
            #expect(row.prefill > 0 && row.decode > 0 && row.bytes == row.weightBytes + row.cacheBytes)
            #expect(abs(row.reached - row.decode / row.roofline) < 1e-9 * row.reached)
        }
        // One of the rooflines is that of the median bandwidth or above it, one below.
        let bandwidths = rows.map { $0.roofline * $0.bytes }
        #expect(bandwidths.min()! <= report.bandwidth && report.bandwidth <= bandwidths.max()!)
        let half = try #require(report.halfPrefill)
        #expect(half.isSound && half.first == rows[2].prefill && half.second == rows[0].prefill)
        let pairs = [
            report.deepDecode, report.engineDecode, report.chatDecode, try #require(report.threadsPrefill),
            try #require(report.threadsDecode),
        ]
        #expect(pairs.allSatisfy { $0.isSound })
        let steps = try #require(report.stepMilliseconds)
        #expect(steps.capacity == 0.5 && steps.tokens == 64 && steps.binStart > 0 && steps.binWidth > 0)
        #expect(steps.policies.map(\.policy) == ["held", "table", "budget"])
        #expect(steps.policies.map(\.window) == [nil, nil, 64])
        for row in steps.policies {
            #expect(row.p50 >= steps.binStart && row.p99 >= row.p50 && row.max >= row.p99)
            #expect(row.counts.reduce(0, +) == steps.tokens)
        }
        #expect(report.tokens.deep > report.tokens.shallow && report.tokens.firstTokenPrompt > 0)
        #expect(report.firstToken > 0 && report.firstToken < 60)
        #if os(Linux)
            let resident = try #require(report.resident)
            let long = try #require(report.longResident)
            for resident in [resident, long] {
                #expect(resident.own > 1 << 20 && resident.program > 1 << 20)
            }
            #expect(long.contextTokens > resident.contextTokens + 200)
        #else
            #expect(report.resident == nil && report.longResident == nil)
        #endif
        #expect(report.peer == nil)
    }

    @Test("The cache's bytes are the keys and values of the tokens before")
    func cacheBytes() async throws {
        let home = try Home()
        let shape = TinyModel()
        let report = try await report(["--threads", "1", "--capacities", "1"], model: home.model(), in: home)
        // 32 values of int8 and a scale for keys and for values in each block; the mean over the decoded tokens.
        let token = Double(shape.blockCount * shape.kvHeadCount * 34 * 2)
        let before = Double(report.tokens.prompt) + Double(report.tokens.decoded - 1) / 2
        #expect(report.capacities.map(\.cacheBytes) == [token * before])
        #expect(report.halfPrefill == nil && report.threadsPrefill == nil && report.threadsDecode == nil)
    }

    @Test("Where nothing is routed there is one capacity, and no policy to compare")
    func dense() async throws {
        let home = try Home()
        let model = try home.model { $0.routedBlocks = [] }
        let report = try await report(["--threads", "1", "--capacities", "0.5"], model: model, in: home)
        #expect(report.capacities.map(\.capacity) == [1] && report.stepMilliseconds == nil)
    }

    @Test("Prompt lookup is compared on three messages where the context has room for them")
    func lookup() async throws {
        let home = try Home()
        for (context, pairs) in [(512, 0), (8192, 3)] {
            let model = try home.model { $0.contextLength = context }
            let report = try await report(["--threads", "1", "--capacities", "1"], model: model, in: home)
            let lookups = [report.lookupRepeating, report.lookupEditing, report.lookupChat].compactMap(\.self)
            #expect(lookups.count == pairs && lookups.allSatisfy { $0.isSound }, "\(context)")
        }
    }

    @Test("As text it is a table with a row for each capacity, and a line for each pair")
    func text() async throws {
        let home = try Home()
        let run = try await bench(["--capacities", "1", "0.25"], model: home.model(), in: home)
        #expect(run.status == 0, "\(run.errors)")
        let header = try #require(run.lines.firstIndex { $0.hasPrefix("capacity  realised") })
        let rows = run.lines[(header + 1)...].prefix(2).map { line in
            line.split(separator: " ").compactMap { Double($0) }
        }
        #expect(rows.map(\.first) == [1, 0.25] && rows.allSatisfy { $0.count == 8 })
        for part in [
            "memory reads at ", "ms a decoded token", "budget of 64 tokens", "decode after ", "chat's screen",
            "first token of a ", "tokens of chat",
        ] {
            #expect(run.output.contains(part), "\(part)")
        }
    }

    @Test("A llama-bench is given the dense weights, and its figures stand beside fathom's")
    func llamaBench() async throws {
        let home = try Home()
        let peer = try home.write(
            "llama-bench",
            """
            #!/bin/sh
            test "$1 $(head -c 4 "$2")" = "-m GGUF" || exit 1
            shift 2
            test "$*" = "-p 128 -n 16 -t 1 -r 1 -o json" || exit 1
            echo '[{"build_commit":"c0ffee","build_number":7,"n_prompt":128,"n_gen":0,"avg_ts":1000.5},'
            echo ' {"build_commit":"c0ffee","build_number":7,"n_prompt":0,"n_gen":16,"avg_ts":50.25}]'
            """)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: peer)
        let report = try await report(
            ["--threads", "1", "--capacities", "1", "--peer", peer], model: home.model(), in: home)
        let result = try #require(report.peer)
        #expect(result.name == "llama-bench 7 (c0ffee)" && !result.decodesAfterPrompt)
        #expect(result.prefill.second == 1000.5 && result.decode.second == 50.25)
        #expect(result.prefill.isSound && result.decode.isSound)
    }

    @Test("A python is asked for llama_cpp, with the same tokens in the same order")
    func python() async throws {
        let home = try Home()
        try home.write(
            "modules/llama_cpp.py",
            """
            import time
            __version__ = "1.2.3"
            class Llama:
                def __init__(self, path, n_ctx, n_batch, n_threads, n_threads_batch, verbose):
                    assert open(path, "rb").read(4) == b"GGUF"
                    assert (n_ctx, n_batch, n_threads, n_threads_batch) == (144, 128, 1, 1)
                def reset(self):
                    self.lengths = []
                def eval(self, tokens):
                    assert all(0 <= token < 267 for token in tokens)
                    self.lengths.append(len(tokens))
                    assert self.lengths == ([128] + 16 * [1])[:len(self.lengths)]
                    time.sleep(0.001 * len(tokens))
            """)
        let report = try await report(
            ["--threads", "1", "--capacities", "1", "--peer", "python3"], model: home.model(), in: home,
            environment: ["PYTHONPATH": home.path("modules")])
        let result = try #require(report.peer)
        #expect(result.name == "llama-cpp-python 1.2.3" && result.decodesAfterPrompt)
        // Never faster than it sleeps.
        for pair in [result.prefill, result.decode] {
            #expect(pair.isSound && pair.second > 10 && pair.second < 1000)
        }
    }

    @Test("A peer that is none is refused before anything is measured; one that fails is told of")
    func badPeers() async throws {
        let home = try Home()
        let model = try home.model()
        let missing = try await bench(["--peer", "no-such-program"], model: model, in: home)
        #expect(missing.status == 64 && missing.errors.contains("no-such-program"))
        let folder = try await bench(["--peer", home.folder.path], model: model, in: home)
        #expect(folder.status == 64 && folder.errors.contains("no program"))
        try home.write("modules/llama_cpp.py", "raise ImportError('broken')")
        let python = try await bench(
            ["--peer", "python3", "--capacities", "1"], model: model, in: home,
            environment: ["PYTHONPATH": home.path("modules")])
        #expect(
            python.status == 70 && python.errors.contains("broken") && python.errors.contains("llama_cpp"))
        // What it has started has its output, and outlives it.
        let crash = try home.write(
            "crash", "#!/bin/sh\nsleep 600 &\necho $! >orphan\necho last words >&2\nkill -ILL $$\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: crash)
        let crashed = try await bench(["--peer", crash, "--capacities", "1"], model: model, in: home)
        #expect(crashed.status == 70 && crashed.output.isEmpty)
        #expect(crashed.errors.contains("crash ended by signal 4"), "\(crashed.errors)")
        #expect(crashed.errors.contains("last words"))
        let orphan = try String(contentsOfFile: home.path("orphan"), encoding: .utf8)
        #expect(kill(try #require(pid_t(orphan.dropLast())), SIGKILL) == 0, "it lives as long as the test")
        let other = try await bench(["--peer", "true", "--capacities", "1"], model: model, in: home)
        #expect(other.status == 70 && other.errors.contains("llama-bench"))
        #expect(other.output.isEmpty)
    }

    @Test(
        "Nothing stays behind, whether the benchmark ends, fails or is killed",
        arguments: ["end", "fail", "kill"])
    func leftovers(how: String) async throws {
        let home = try Home()
        try home.write("temporary/mine", "")
        let peer = try home.write(
            "llama-bench",
            """
            #!/bin/sh
            test -s "$2" && echo "$2" >>peer.log
            case \(how) in
                fail) exit 1 ;;
                kill) kill -KILL $PPID; exit 1 ;;
            esac
            echo '[{"build_commit":"c0ffee","build_number":7,"n_prompt":128,"n_gen":0,"avg_ts":1000.5},'
            echo ' {"build_commit":"c0ffee","build_number":7,"n_prompt":0,"n_gen":16,"avg_ts":50.25}]'
            """)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: peer)
        let run = try await bench(
            ["--capacities", "1", "--peer", peer], model: home.model(), in: home,
            environment: ["TMPDIR": home.path("temporary")])
        #expect(run.wasKilled == (how == "kill"))
        #expect(run.status == (how == "end" ? 0 : how == "fail" ? 70 : SIGKILL), "\(run.errors)")
        let log = try String(contentsOfFile: home.path("peer.log"), encoding: .utf8)
        #expect(log.hasPrefix(home.path("temporary")), "the weights are among what must go: \(log)")
        let end = ContinuousClock.now + .seconds(60)
        var left = [String]()
        repeat {
            left = try FileManager.default.contentsOfDirectory(atPath: home.path("temporary"))
            try await Task.sleep(for: .milliseconds(20))
        } while left != ["mine"] && ContinuousClock.now < end
        #expect(left == ["mine"])
    }
}
