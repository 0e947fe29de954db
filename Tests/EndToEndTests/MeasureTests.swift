import Foundation
import TestSupport
import Testing

/// The commands that make and measure models.
@Suite("Commands about models", .serialized)
struct MeasureTests {
    /// One line of `eval --lines`.
    struct Score: Decodable, Equatable {
        let line: Int
        let capacity: Double
        let tokens: Int
        let nll: Double
        let realised: Double
    }

    private static let text = "hello and the hello\n\nAnd then 42 hellos, ünïcode 日本\nthe end\n"

    private func scores(_ arguments: [String], _ text: String, _ model: String, _ home: Home) async throws
        -> [Score]
    {
        let file = try home.write("text-\(UUID().uuidString).txt", text)
        let run = try await Program.run(["eval", file, "--lines", "--model", model] + arguments, in: home)
        #expect(run.status == 0, "\(run.errors)")
        return try run.lines.map { try JSONDecoder().decode(Score.self, from: Data($0.utf8)) }
    }

    @Test("eval --lines scores every line on its own")
    func evalLines() async throws {
        let home = try Home()
        let model = try home.model()
        let both = try await scores(["--capacities", "1", "0.25"], Self.text, model, home)
        #expect(
            both.map(\.line) == [1, 1, 3, 3, 4, 4] && both.map(\.capacity) == [1, 0.25, 1, 0.25, 1, 0.25])
        #expect(both.allSatisfy { $0.nll.isFinite && $0.nll > 0 && $0.tokens > 0 })
        let dense = both.filter { $0.capacity == 1 }
        #expect(dense.allSatisfy { $0.realised == 1 })
        #expect(both.filter { $0.capacity < 1 }.allSatisfy { $0.realised < 1 })
        #expect(try await scores(["--capacities", "1", "--threads", "1"], Self.text, model, home) == dense)
        // Whatever stands before it, a line's score is that of the line alone.
        let alone = try await scores(["--capacities", "1"], "the end", model, home)
        #expect(alone.map(\.nll) == [try #require(dense.last).nll])
    }

    @Test("eval prints perplexity and realised capacity beside random routing")
    func evalTable() async throws {
        let home = try Home()
        let model = try home.model()
        let file = try home.write("text.txt", String(repeating: Self.text, count: 5))
        let run = try await Program.run(
            ["eval", file, "--model", model, "--capacities", "1", "0.75", "0.5", "0.25"], in: home)
        #expect(run.status == 0)
        let rows = run.lines.dropFirst(2).map { $0.split(separator: " ").compactMap { Double($0) } }
        #expect(rows.map(\.first) == [1, 0.75, 0.5, 0.25])
        let realised = rows.map { $0[1] }
        #expect(realised[0] == 1 && realised == realised.sorted(by: >))
        #expect(rows[0].count == 6 && rows.dropFirst().allSatisfy { $0.count == 8 && $0[5] > 1 && $0[6] > 1 })
        #expect(run.lines[0].hasSuffix(", policy table") && run.lines[1].contains("  asked − real  "))
        #expect(run.lines[1].contains("  128 within 5  ") && rows.allSatisfy { (0...100).contains($0[3]) })
        #expect(rows[0][3] == 100)
        for row in rows { #expect(abs(row[2] - 100 * (row[0] - row[1])) < 0.06) }
    }

    @Test("eval measures the policy it is told to, and held keeps the capacity")
    func evalPolicies() async throws {
        let home = try Home()
        let model = try home.model()
        let file = try home.write("text.txt", String(repeating: Self.text, count: 20))
        let arguments = ["eval", file, "--model", model, "--capacities", "0.5", "--format", "json"]
        var realised: [String: Double] = [:]
        for policy in [["table"], ["held"], ["budget", "--budget-window", "32"]] {
            let run = try await Program.run(arguments + ["--policy"] + policy, in: home)
            #expect(run.status == 0, "\(run.errors)")
            let row = try JSONDecoder().decode(Row.self, from: Data(try #require(run.lines.first).utf8))
            realised[policy[0]] = row.realised
        }
        let held = try #require(realised["held"])
        #expect(abs(held - 0.5) < 0.03 && held != realised["table"], "\(realised)")
        // Anchors are beside the budget.
        #expect(try #require(realised["budget"]) < 0.52)
    }

    @Test("inspect tells of a thin path")
    func inspectGrades() async throws {
        let home = try Home()
        let plain = try await Program.run(["inspect", home.model()], in: home)
        #expect(!plain.output.contains("thin"))
        let graded = try await Program.run(["inspect", home.model { $0.thinLength = 32 }], in: home)
        #expect(graded.status == 0)
        #expect(graded.output.contains("thin path: the first 32 of 96 rows of the MLP, "))
        #expect(graded.output.contains("shares of tokens in full and thin, thresholds of both"))
        #expect(graded.output.contains("25 % full, 50 % thin   0.000 … 0.000   -0.800 … -0.800"))
    }

    /// One line of `eval --format json`.
    struct Row: Decodable {
        let capacity, realised, reads, perplexity: Double
        let timesBase, random, excess, removal: Double?
        let removedBlocks: Int?
    }

    @Test("eval sets a capacity beside the base model, random routing and removed blocks")
    func evalComparison() async throws {
        let home = try Home()
        let model = try home.model()
        let file = try home.write("text.txt", String(repeating: Self.text, count: 5))
        let arguments = [
            "eval", file, "--model", model, "--base", model, "--removal", "--capacities", "1", "0.5",
        ]
        let run = try await Program.run(arguments + ["--format", "json"], in: home)
        #expect(run.status == 0, "\(run.errors)")
        let rows = try run.lines.map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
        try #require(rows.map(\.capacity) == [1, 0.5])
        #expect(rows[0].timesBase == 1 && rows[0].random == nil && rows[0].removal == nil)
        let half = rows[1]
        let (random, excess) = (try #require(half.random), try #require(half.excess))
        #expect((try #require(half.timesBase) - half.perplexity / rows[0].perplexity).magnitude < 1e-12)
        let added = log(half.perplexity / rows[0].perplexity)
        #expect((excess - added / log(random / rows[0].perplexity)).magnitude < 1e-9)
        #expect(try #require(half.removal) > 1 && (1...2).contains(try #require(half.removedBlocks)))

        let table = try await Program.run(arguments, in: home)
        #expect(table.status == 0 && table.lines.count == 4)
        #expect(table.lines[1].contains("÷ base") && table.lines[1].contains("blocks removed"))
        #expect(table.lines[3].hasSuffix("(\(try #require(half.removedBlocks)))"))
        let refused = try await Program.run(
            ["eval", file, "--model", model, "--lines", "--format", "json"], in: home)
        #expect(refused.status == 64)
    }

    @Test("eval scores the replies of chats")
    func evalChats() async throws {
        let home = try Home()
        let model = try home.model()
        let question = #"{"role": "user", "content": "hello"}"#
        let reply = #"{"role": "assistant", "content": "and the end"}"#
        let chats = try home.write(
            "chats.jsonl", "{\"messages\": [\(question), \(reply)]}\n{\"messages\": [\(question)]}\n")
        let run = try await Program.run(
            ["eval", chats, "--model", model, "--capacities", "1", "0.5"], in: home)
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.lines.count == 4 && run.lines[0].contains("in 2 chats or texts"), "\(run.lines)")
        let lines = try await Program.run(["eval", chats, "--model", model, "--lines"], in: home)
        #expect(lines.status == 64)
        let missing = try await Program.run(["eval", home.path("none.jsonl"), "--model", model], in: home)
        #expect(
            missing.status == 65 && missing.errors.contains("none.jsonl: cannot be read"), "\(missing.errors)"
        )
        let questions = try home.write("questions.jsonl", "{\"messages\": [\(question)]}\n")
        let nothing = try await Program.run(["eval", questions, "--model", model], in: home)
        #expect(nothing.status == 65 && nothing.errors.contains("no replies"), "\(nothing.errors)")
        // The reply begins behind the window.
        let cut = try await Program.run(["eval", chats, "--model", model, "--window", "8"], in: home)
        #expect(cut.status == 65 && cut.output == "")
        #expect(cut.errors.contains("the first 8 tokens"), "\(cut.errors)")
        let single = try home.write("single.jsonl", "{\"text\": \"a\"}\n")
        let calibration = try await Program.run(
            ["calibrate", model, "-o", home.path("new.gguf"), "--text", single], in: home)
        #expect(calibration.status == 65 && calibration.output == "")
        #expect(
            calibration.errors.contains("single.jsonl: has no text of more than"), "\(calibration.errors)")
    }

    @Test("eval says how long the windows are that it takes, whatever it was asked for")
    func evalWindows() async throws {
        let home = try Home()
        let model = try home.model()
        let text = try home.write("text.txt", String(repeating: Self.text, count: 5))
        let chats = try home.write("chats.jsonl", "{\"text\": \"hello and the hello\"}\n")
        for (options, expected) in [
            ([], 512), (["--context", "16"], 16), (["--window", "9223372036854775807"], 1024),
            (["--window", "32"], 32),
        ] {
            for (file, words) in [(text, "tokens in windows of"), (chats, "in 1 chats or texts of up to")] {
                let run = try await Program.run(
                    ["eval", file, "--model", model, "--capacities", "1"] + options, in: home)
                #expect(run.status == 0, "\(run.errors)")
                #expect(run.lines.first?.contains("\(words) \(expected),") == true, "\(run.lines)")
            }
        }
    }

    @Test(
        "No time to tune for, and more than a day, are refused", arguments: ["0", "-1", "nan", "1e9", "inf"])
    func tuningTime(minutes: String) async throws {
        let home = try Home()
        let outcome = try await Program.run(
            ["convert", "dense.gguf", "-o", home.path("mod.gguf"), "--tune=\(minutes)"], in: home)
        #expect(outcome.status == 64 && outcome.output.isEmpty)
        let first = outcome.errors.split(separator: "\n").first.map(String.init) ?? ""
        #expect(first.contains("--tune takes a number of minutes above 0 and up to 1440"), "\(first)")
    }

    /// 64 rows of an MLP may become a thin path of 32, for which its weights are sorted; 32 rows cannot be parted.
    @Test("A dense model is converted, inspected, calibrated and run", arguments: [64, 32])
    func convert(rows: Int) async throws {
        let home = try Home()
        let dense = try home.model {
            $0.blockCount = 8
            $0.routedBlocks = []
            $0.feedForwardLength = rows
        }
        let before = try await Program.run(["inspect", dense], in: home)
        #expect(before.status == 0 && before.output.contains("none: a dense model"))
        let converted = home.path("converted.gguf")
        let conversion = try await Program.run(
            ["convert", dense, "-o", converted, "--name", "Converted", "--tune", "0.02"], in: home)
        #expect(conversion.status == 0 && conversion.lines == [converted], "\(conversion.errors)")
        let trial = "A thin path through 32 of 64 rows of the MLP: at capacity 0.75, on "
        let verdicts = conversion.errors.split(separator: "\n")
        let thinPath = verdicts.first { $0.hasPrefix(trial) }
        #expect((thinPath != nil) == (rows == 64), "\(conversion.errors)")
        for part in ["What stands in for bypassed blocks: ", "Counting what each block's bypassing costs: "] {
            #expect(verdicts.contains { $0.hasPrefix(part) }, "\(conversion.errors)")
        }
        let tuning = try #require(verdicts.first { $0.hasPrefix("Tuning: on ") })
        #expect(tuning.contains("at capacity 0.875 ") && tuning.contains("at capacity 0.75 "))
        let after = try await Program.run(["inspect", converted, "--tensors"], in: home)
        #expect(
            after.output.contains("thin path") == (thinPath?.hasSuffix("The model gets it.") ?? false))
        #expect(after.output.contains("Converted") && after.output.contains("4 blocks routed: 2–5"))
        #expect(after.output.contains("blk.2.depth_router.threshold"))
        let calibrated = home.path("calibrated.gguf")
        let calibration = try await Program.run(
            ["calibrate", converted, "-o", calibrated, "--default-capacity", "0.5"], in: home)
        #expect(calibration.status == 0 && calibration.lines == [calibrated], "\(calibration.errors)")
        #expect(
            try await Program.run(["inspect", calibrated], in: home).output.contains("starts at capacity 0.5")
        )
        // At capacity 1 the routers change nothing.
        let arguments = [
            "run", "hello", "--temperature", "0", "--max-tokens", "30", "--capacity", "1", "--model",
        ]
        let replies = try await [dense, converted, calibrated].asyncMap {
            try await Program.run(arguments + [$0], in: home)
        }
        #expect(replies[1].status == 0 && replies[1].data == replies[2].data)
        #expect(rows > 32 || replies[0].data == replies[1].data)
    }
}
