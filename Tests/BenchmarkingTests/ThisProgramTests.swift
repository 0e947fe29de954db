import Benchmarking
import Foundation
import InferenceEngine
import TestSupport
import Testing

extension OtherProgramsTests {
    @Suite("Further runs of this program")
    struct ThisProgramTests {
        private let folder: TemporaryDirectory

        init() throws { folder = try TemporaryDirectory() }

        private let summary = ReplySummary(
            reason: .length,
            statistics: GenerationStatistics(
                promptTokens: 30, reusedTokens: 0, generatedTokens: 128, promptSeconds: 0.25,
                generationSeconds: 0.5, realisedCapacity: 1, weightsReadShare: 1),
            contextTokens: 158)

        /// A program that finds its `--summary` in `$file` and does as it is told.
        private func program(_ script: String) throws -> ThisProgram {
            let path = folder.url.appending(path: "fathom")
            let text = """
                #!/bin/sh
                echo "$*" >"$(dirname "$0")/arguments"
                while [ $# -gt 0 ]; do
                    [ "$1" = --summary ] && file=$2
                    shift
                done
                \(script)
                """
            try writeExecutable(text, to: path)
            return try ThisProgram(executable: path, model: "model.gguf", threads: 3)
        }

        private func error(of script: String) throws -> BenchmarkError? {
            let program = try program(script)
            return #expect(throws: BenchmarkError.self) { try program.run(["hello"]) }
        }

        @Test("are of the same model, dense, and tell by their summary what the reply cost")
        func run() throws {
            let program = try program("echo reply; echo 'reply 2 at 3' >&2; echo '\(summary.json)' >$file")
            #expect(try program.run(["--max-tokens", "128", "hello"]) == summary)
            let arguments = try String(contentsOf: folder.url.appending(path: "arguments"), encoding: .utf8)
            #expect(
                arguments.hasPrefix("run --model model.gguf --threads 3 --capacity 1 --seed 1 --summary "))
            #expect(arguments.hasSuffix(" --max-tokens 128 hello\n"))
        }

        @Test("are timed up to the first byte of the reply, not to the end")
        func firstByte() throws {
            let program = try program("sleep 0.2; printf a; sleep 1; echo '\(summary.json)' >$file")
            let start = ContinuousClock.now
            let (seconds, summary) = try program.runToFirstByte(["hello"])
            let whole = (ContinuousClock.now - start) / .seconds(1)
            #expect(seconds >= 0.2 && seconds < whole - 0.5)
            #expect(summary == self.summary)
        }

        @Test("say how they ended where they fail, summary or not")
        func failures() throws {
            #expect(
                try error(of: "echo 'fathom: no model' >&2; exit 66")
                    == .ended(program: "fathom run", .exit(66), lastLine: "fathom: no model"))
            #expect(
                try error(of: "echo '\(summary.json)' >$file; kill -SEGV $$")
                    == .ended(program: "fathom run", .signal(SIGSEGV), lastLine: nil))
            let program = try program("exit 70")
            #expect(throws: BenchmarkError.ended(program: "fathom run", .exit(70), lastLine: nil)) {
                try program.runToFirstByte(["hello"])
            }
        }

        @Test("are not taken at their word where the summary is missing, unfinished or nonsense")
        func summaries() throws {
            let missing = BenchmarkError.answer(
                program: "fathom run", reason: "wrote no summary of its reply")
            #expect(try error(of: "true") == missing)
            #expect(try error(of: "printf '%s' '\(summary.json)' >$file") == missing)
            var idle = summary
            idle.statistics.generationSeconds = 0
            for line in ["{}", "", "nonsense", idle.json, String(summary.json.dropLast())] {
                #expect(
                    try error(of: "echo '\(line)' >$file")
                        == .answer(program: "fathom run", reason: "wrote a summary of its reply that is none"),
                    "\(line)")
            }
        }

        @Test("A chat listens, answers with its summary, and leaves")
        func chat() throws {
            // A terminal hands over a line at its end, which a carriage return is.
            let program = try program(
                """
                printf '\\033[?2004h'
                read -r message
                printf '%s' "$message" >"$(dirname "$0")/message"
                echo '\(summary.json)' >>$file
                read -r message
                """)
            let chat = try ChatOnScreen(program, maximumTokens: 128)
            #expect(try chat.ask("a question") == summary)
            try chat.end()
            let message = try String(contentsOf: folder.url.appending(path: "message"), encoding: .utf8)
            #expect(message == "\u{1B}[200~a question\u{1B}[201~")
        }

        @Test("A chat that dies says how, whether it has listened or not")
        func deadChat() throws {
            let refused = try program("echo 'fathom: no terminal' >&2; exit 69")
            #expect(
                throws: BenchmarkError.ended(
                    program: "fathom chat", .exit(69), lastLine: "fathom: no terminal")
            ) {
                _ = try ChatOnScreen(refused, maximumTokens: 1)
            }
            for (script, expected) in [
                ("kill -SEGV $$", .ended(program: "fathom chat", .signal(SIGSEGV), lastLine: nil)),
                ("exit 0", .answer(program: "fathom chat", reason: "ended before it answered")),
            ] as [(String, BenchmarkError)] {
                let program = try program("printf '\\033[?2004h'; read -r message; \(script)")
                let chat = try ChatOnScreen(program, maximumTokens: 1)
                #expect(throws: expected) { try chat.ask("a question") }
                try chat.end()
            }
        }

        @Test("A chat that hangs is ended, and it is told at what", .timeLimit(.minutes(1)))
        func hangingChat() throws {
            let ready = "trap '' TERM; printf '\\033[?2004h'"
            let rest = "while :; do sleep 0.1; done"
            // One that never reads, though it is told more than a terminal holds.
            let deaf = try ChatOnScreen(
                try program("stty raw -echo; \(ready); \(rest)"), maximumTokens: 1, patience: .seconds(2))
            #expect(throws: BenchmarkError.silent(program: "fathom chat", seconds: 2)) {
                try deaf.ask(String(repeating: "x", count: 1 << 20))
            }
            let mute = try ChatOnScreen(
                try program("\(ready); read -r message; \(rest)"), maximumTokens: 1, patience: .seconds(2))
            #expect(throws: BenchmarkError.silent(program: "fathom chat", seconds: 2)) {
                try mute.ask("a question")
            }
            let answering = try program(
                "\(ready); read -r message; echo '\(summary.json)' >>$file; \(rest)")
            // It has the folder of the summaries.
            try withExtendedLifetime(answering) {
                let clinging = try ChatOnScreen(answering, maximumTokens: 1, patience: .seconds(2))
                #expect(try clinging.ask("a question") == summary)
                let error = #expect(throws: BenchmarkError.self) { try clinging.end() }
                #expect(error == .stays(program: "fathom chat", seconds: 2))
                #expect(error?.description.contains("fathom chat was told to end") == true)
            }
        }

        @Test("A chat's replies come one by one, each once its line is whole")
        func replies() throws {
            let replies = ReplySummaries(of: "fathom chat", in: folder.url)
            #expect(replies.arguments == ["--summary", replies.url.path])
            #expect(try replies.read().isEmpty)
            var second = summary
            second.reason = .endOfTurn
            let text = summary.json + "\n" + second.json
            try Data(text.utf8).write(to: replies.url)
            #expect(try replies.read() == [summary])
            try Data((text + "\n").utf8).write(to: replies.url)
            #expect(try replies.read() == [summary, second])
        }
    }
}
