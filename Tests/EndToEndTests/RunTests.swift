import Foundation
import TestSupport
import Testing

/// `fathom run`.
@Suite("A reply without a terminal", .serialized)
struct RunTests {
    /// One line of `--format json`.
    struct Line: Decodable {
        let text: String
        let delta: String
        let probability: Double
        let entropy: Double
        let depth: Int?
        let grades: [String]?
        let processed: [Bool]?
        let scores: [Double]?
        let thresholds: [Double?]?
        let thinThresholds: [Double?]?
        let reasons: [String]?
        let experts: [[Int]]?
        let capacity: Double
        let policy: String
        let window: Int?

        enum CodingKeys: String, CodingKey {
            case text, delta, probability, entropy, depth, grades, processed, scores, thresholds
            case thinThresholds = "thin_thresholds"
            case reasons, experts, capacity, policy, window
        }
    }

    @Test("Only the reply is on standard output, the figures are on standard error")
    func streams() async throws {
        let home = try Home()
        let model = try home.talker()
        let arguments = ["run", "--model", model, "--temperature", "0", "--max-tokens", "30"]
        let argument = try await Program.run(arguments + ["hello", "there"], in: home)
        #expect(argument.status == 0)
        #expect(argument.lines.count == 1 && argument.output.hasSuffix("\n"))
        #expect(argument.output.dropLast().utf8.allSatisfy { Talker.letters.contains($0) })
        #expect(argument.output.count == 31)
        #expect(argument.errors.contains("capacity 1.00 realised, "))
        #expect(argument.errors.contains("reply 30 at "))
        let piped = try await Program.run(arguments, in: home, input: Data("hello there\n".utf8))
        #expect(piped.output == argument.output)
        let dash = try await Program.run(arguments + ["-"], in: home, input: Data("hello there".utf8))
        #expect(dash.output == argument.output)
        let other = try await Program.run(arguments + ["--system", "Be brief.", "hello there"], in: home)
        #expect(other.output != argument.output)
    }

    @Test("What is piped in beside a prompt follows it; a prompt may begin with a dash after two")
    func pipes() async throws {
        let home = try Home()
        let run = ["run", "--model", try home.talker(), "--temperature", "0", "--max-tokens", "30"]
        let both = try await Program.run(run + ["one", "two"], in: home, input: Data("three\nfour\n".utf8))
        let whole = try await Program.run(run, in: home, input: Data("one two\n\nthree\nfour".utf8))
        #expect(both.output == whole.output && both.output.count == 31)
        let dash = try await Program.run(
            run + ["one", "two", "-"], in: home, input: Data("three\nfour".utf8))
        #expect(dash.output == both.output)
        let alone = try await Program.run(run + ["one", "two"], in: home)
        #expect(alone.output != both.output)
        let minus = try await Program.run(["run", "-1 + 2?"], in: home)
        #expect(minus.status == 64 && minus.errors.contains("goes after “--”: fathom run -- '-1 + 2?'"))
        let drawn = try await Program.run(["heatmap", "-1 + 2?", "-o", "x.svg"], in: home)
        #expect(drawn.status == 64 && drawn.errors.contains("goes after “--”: fathom heatmap -- '-1 + 2?'"))
        let twice = try await Program.run(
            ["run", "-", "hello", "--file", "-", "--max-tokens", "1"], in: home, input: Data("there".utf8))
        #expect(twice.status == 0, "\(twice.errors)")
        let blank = try await Program.run(["run", "  \n "], in: home)
        #expect(blank.status == 65 && blank.errors.contains("The prompt is empty"))
        let nameless = try await Program.run(["run", "--model", "", "hi"], in: home)
        #expect(nameless.status == 66 && nameless.errors.contains("The model's path is empty"))
        let unknown = try await Program.run(["run", "--unknown", "hello"], in: home)
        #expect(unknown.status == 64 && !unknown.errors.contains("goes after"))
        #expect(try await Program.run(run + ["--", "-1 + 2?"], in: home).status == 0)
    }

    @Test("Files follow the prompt, in their order, and what is piped in follows them")
    func files() async throws {
        let home = try Home()
        let run = ["run", "--model", try home.talker(), "--temperature", "0", "--max-tokens", "30"]
        let one = try home.write("one.txt", "one\ntwo\n\n")
        let two = try home.write("two.txt", "three\n")
        let whole = try await Program.run(run, in: home, input: Data("say\n\none\ntwo\n\nthree\n\nfour".utf8))
        let parts = try await Program.run(
            run + ["say", "--file", one, "--file", two], in: home, input: Data("four\n".utf8))
        #expect(parts.status == 0 && parts.output == whole.output && whole.output.count == 31)
        let turned = try await Program.run(
            run + ["say", "--file", two, "--file", one], in: home, input: Data("four\n".utf8))
        #expect(turned.status == 0 && turned.output != whole.output)
        let alone = try await Program.run(run + ["--file", two], in: home)
        let piped = try await Program.run(run, in: home, input: Data("three".utf8))
        #expect(alone.status == 0 && alone.output == piped.output)
    }

    @Test("--format markdown quotes the prompt above the reply")
    func markdown() async throws {
        let home = try Home()
        let run = ["run", "--model", try home.talker(), "--temperature", "0", "--max-tokens", "30"]
        let prompt = "# hello\n\nthere"
        let plain = try await Program.run(run + [prompt], in: home)
        let document = try await Program.run(run + ["--format", "markdown", prompt], in: home)
        #expect(plain.status == 0 && document.output == "> # hello\n>\n> there\n\n" + plain.output)
        let refused = try await Program.run(run + ["--format", "html", prompt], in: home)
        #expect(refused.status == 64 && refused.errors.contains("'text', 'json' or 'markdown'"))
    }

    @Test("The same seed gives the same reply, another seed another one")
    func seeds() async throws {
        let home = try Home()
        let model = try home.model()
        let runs = try await ["1", "1", "2"].asyncMap { seed in
            try await Program.run(
                [
                    "run", "--model", model, "--seed", seed, "--max-tokens", "40", "--temperature", "1",
                    "hello",
                ],
                in: home)
        }
        #expect(runs[0].data == runs[1].data)
        #expect(runs[0].data != runs[2].data)
    }

    @Test("--format json says what every token cost")
    func json() async throws {
        let home = try Home()
        let model = try home.talker()
        let arguments = [
            "run", "--model", model, "--temperature", "0", "--max-tokens", "50", "--format", "json", "hello",
        ]
        let dense = try lines(of: try await Program.run(arguments, in: home))
        #expect(dense.count == 50)
        #expect(
            dense.allSatisfy { $0.depth == Talker.blocks && $0.thresholds?.allSatisfy { $0 == nil } == true })
        let few = try lines(of: try await Program.run(arguments + ["--capacity", "0.25"], in: home))
        #expect(few.count == 50)
        for line in few {
            #expect((0...1).contains(line.probability) && line.entropy >= 0)
            let processed = try #require(line.processed)
            let scores = try #require(line.scores)
            let thresholds = try #require(line.thresholds)
            #expect(processed.count == Talker.blocks)
            #expect(scores.count == Talker.routed.count && thresholds.count == Talker.routed.count)
            #expect(processed.count { $0 } == line.depth)
            #expect(line.grades == processed.map { $0 ? "full" : "bypassed" } && line.thinThresholds == nil)
            #expect(line.reasons == Array(repeating: "score", count: Talker.routed.count))
            #expect(line.capacity == 0.25 && line.policy == "held" && line.window == nil)
            for (index, block) in Talker.routed.enumerated() {
                #expect(try processed[block] == (scores[index] >= #require(thresholds[index])))
            }
            for block in 0..<Talker.blocks where !Talker.routed.contains(block) { #expect(processed[block]) }
        }
        let mean = { (lines: [Line]) in lines.reduce(0) { $0 + ($1.depth ?? 0) } / lines.count }
        #expect(mean(few) + 4 < mean(dense))
        let plain = try await Program.run(arguments.filter { !["--format", "json"].contains($0) }, in: home)
        #expect(dense.map(\.delta).joined() + "\n" == plain.output)
    }

    @Test("--format json says which experts a token took, and no more where there are none")
    func expertsInJSON() async throws {
        let home = try Home()
        let arguments = [
            "run", "--temperature", "0", "--max-tokens", "5", "--format", "json", "hello", "--model",
        ]
        let model = try home.model { $0.experts = TinyModel.Experts() }
        let mixed = try lines(of: try await Program.run(arguments + [model], in: home))
        #expect(mixed.allSatisfy { $0.experts?.map(\.count) == [2, 2, 2, 2] } && !mixed.isEmpty)
        let dense = try lines(of: try await Program.run(arguments + [try home.model()], in: home))
        #expect(dense.allSatisfy { $0.experts == nil } && !dense.isEmpty)
    }

    @Test("--format json says how deep each block went where there is a thin path")
    func grades() async throws {
        let home = try Home()
        let run = try await Program.run(
            [
                "run", "--model", home.talker(thinLength: 256), "--temperature", "0", "--max-tokens", "40",
                "--format", "json", "--capacity", "0.5", "--policy", "table", "hello",
            ], in: home)
        var seen: Set<String> = []
        for line in try lines(of: run) {
            let grades = try #require(line.grades)
            let (scores, full) = (try #require(line.scores), try #require(line.thresholds))
            let thin = try #require(line.thinThresholds)
            for (index, block) in Talker.routed.enumerated() {
                let score = scores[index]
                let (full, thin) = (try #require(full[index]), try #require(thin[index]))
                #expect(grades[block] == (score >= full ? "full" : score >= thin ? "thin" : "bypassed"))
            }
            #expect(line.processed == grades.map { $0 != "bypassed" } && line.policy == "table")
            seen.formUnion(grades)
        }
        #expect(seen == ["full", "thin", "bypassed"])
    }

    @Test("--policy budget does no more work than the capacity allows in any window")
    func budget() async throws {
        let home = try Home()
        let run = try await Program.run(
            [
                "run", "--model", home.talker(), "--temperature", "0", "--max-tokens", "60", "--format",
                "json",
                "--capacity", "0.25", "--policy", "budget", "--window", "16", "hello",
            ], in: home)
        let lines = try lines(of: run)
        #expect(lines.allSatisfy { $0.policy == "budget" && $0.window == 16 })
        let processed = try lines.map { try #require($0.processed) }
        for start in 0...(processed.count - 16) {
            for block in Talker.routed {
                #expect(
                    processed[start..<start + 16].count { $0[block] } <= 4, "block \(block) from \(start)")
            }
        }
        #expect(lines.contains { $0.reasons?.contains("budget") == true })
    }

    @Test("Drafts change nothing that is told, and the figures say how many were kept")
    func drafts() async throws {
        let home = try Home()
        let arguments = [
            "run", "--model", try home.talker(), "--temperature", "0", "--max-tokens", "40", "--format",
            "json",
            "hello",
        ]
        let plain = try await Program.run(arguments + ["--no-prompt-lookup"], in: home)
        let own = ["--no-prompt-lookup", "--draft-tokens", "3", "--draft-capacity", "0.75"]
        for options in [own, []] {
            let drafted = try await Program.run(arguments + options, in: home)
            #expect(drafted.status == 0 && drafted.data == plain.data)
            // Whether prompt lookup drafts anything is a matter of what passes take on this machine.
            #expect(options.isEmpty || drafted.errors.contains(" drafted tokens kept"))
        }
        #expect(!plain.errors.contains("drafted"))
    }

    /// One line of `--summary`.
    private struct Summary: Decodable {
        let reason: String
        let promptTokens, generatedTokens, contextTokens: Int
        let promptSeconds, generationSeconds, realisedCapacity: Double
    }

    @Test("--summary adds a line to a file for each reply, and changes nothing that is printed")
    func summary() async throws {
        let home = try Home()
        let arguments = [
            "run", "--model", try home.talker(), "--temperature", "0", "--max-tokens", "20", "hello",
        ]
        let plain = try await Program.run(arguments, in: home)
        for _ in 0..<2 {
            let run = try await Program.run(arguments + ["--summary", "replies.jsonl"], in: home)
            #expect(run.status == 0 && run.data == plain.data)
        }
        let text = try String(contentsOfFile: home.path("replies.jsonl"), encoding: .utf8)
        #expect(text.hasSuffix("}\n"))
        let summaries = try text.split(separator: "\n").map {
            try JSONDecoder().decode(Summary.self, from: Data($0.utf8))
        }
        #expect(summaries.count == 2)
        for summary in summaries {
            #expect(summary.reason == "length" && summary.generatedTokens == 20)
            #expect(summary.promptTokens > 0 && summary.contextTokens > summary.promptTokens)
            #expect(summary.promptSeconds > 0 && summary.generationSeconds > 0)
            #expect(summary.realisedCapacity == 1)
        }
        let refused = try await Program.run(arguments + ["--summary", "no/such/folder"], in: home)
        #expect(refused.status == 73 && refused.errors.contains("no/such/folder") && refused.output.isEmpty)
    }

    private func lines(of outcome: Program.Outcome) throws -> [Line] {
        #expect(outcome.status == 0)
        return try outcome.lines.map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    }

    @Test(
        "The real model answers in words",
        .enabled(
            if: RealModel.path != nil,
            "There is no model to test: run `make model`, or name one in FATHOM_TEST_MODEL."))
    func realModel() async throws {
        let home = try Home()
        let run = try await Program.run(
            [
                "run", "--model", try #require(RealModel.path), "--capacity", "1", "--temperature", "0",
                "--max-tokens", "40", "What is the capital of France?",
            ], in: home)
        #expect(run.status == 0 && run.output.contains("Paris"), "\(run.output)")
    }
}

extension Array {
    /// Maps one element after the other.
    func asyncMap<T>(_ transform: (Element) async throws -> T) async rethrows -> [T] {
        var result: [T] = []
        for element in self { result.append(try await transform(element)) }
        return result
    }
}
