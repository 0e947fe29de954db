import Benchmarking
import Foundation
import Testing

extension OtherProgramsTests {
    @Suite("One that is started")
    struct ChildProcessTests {
        private let shell = URL(filePath: "/bin/sh")

        private func child(_ script: String, output: ChildProcess.Stream = .nothing) throws -> ChildProcess {
            try ChildProcess("peer", executable: shell, arguments: ["-c", script], output: output)
        }

        /// The error of a program that should have ended in good order.
        private func error(of script: String) throws -> BenchmarkError? {
            let child = try child(script)
            return #expect(throws: BenchmarkError.self) { try child.finish() }
        }

        @Test("One that ends in good order is no error, whatever it says")
        func goodOrder() throws {
            try child("echo something >&2; exit 0").finish()
        }

        @Test("One that dies says by which signal")
        func signals() throws {
            #expect(try error(of: "kill -ILL $$") == .ended(program: "peer", .signal(SIGILL), lastLine: nil))
            let killed = try error(of: "echo loading >&2; kill -KILL $$")
            #expect(killed == .ended(program: "peer", .signal(SIGKILL), lastLine: "loading"))
            #expect(
                BenchmarkError.ended(program: "llama-bench", .signal(4), lastLine: nil).description
                    == "llama-bench ended by signal 4 (Illegal instruction).")
        }

        @Test("One that fails says with which code, and the last line of its standard error")
        func codes() throws {
            let failed = try #require(
                try error(of: "echo first >&2; echo '  last words ' >&2; echo >&2; exit 3"))
            #expect(failed == .ended(program: "peer", .exit(3), lastLine: "last words"))
            #expect(failed.description == "peer ended with exit code 3: last words")
            // Far more than a pipe holds: it is not to wait for a reader.
            let long = try error(
                of: "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done >&2; exit 1")
            #expect(long == .ended(program: "peer", .exit(1), lastLine: "line 19999"))
            let endless = try error(of: "head -c 100000 /dev/zero | tr '\\0' x >&2; exit 1")
            #expect(
                endless == .ended(program: "peer", .exit(1), lastLine: String(repeating: "x", count: 300)))
        }

        @Test("One that cannot be started says so")
        func missing() throws {
            let error = #expect(throws: BenchmarkError.self) {
                _ = try ChildProcess("peer", executable: URL(filePath: "/no/such/program"), arguments: [])
            }
            guard case .start("peer", let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(!reason.isEmpty)
        }

        /// Of another one that it has started and that has its output.
        private let orphan = "sleep 60 & echo $!;"

        /// Ends what `orphan` started, and tells that it was still there.
        private func endOrphan(_ said: Data) throws -> Bool {
            let line = try #require(String(decoding: said, as: UTF8.self).split(separator: "\n").first)
            return kill(try #require(pid_t(line)), SIGKILL) == 0
        }

        @Test("One that dies says so at once, whatever it has started goes on", .timeLimit(.minutes(1)))
        func orphans() throws {
            let pipe = Pipe()
            let parent = try child("\(orphan) kill -ILL $$", output: .pipe(pipe))
            #expect(throws: BenchmarkError.ended(program: "peer", .signal(SIGILL), lastLine: nil)) {
                try parent.finish()
            }
            #expect(!parent.isRunning)
            #expect(
                parent.failure("was silent") == .ended(program: "peer", .signal(SIGILL), lastLine: nil))
            #expect(try endOrphan(pipe.fileHandleForReading.availableData))
            let other = Pipe()
            try child("\(orphan) exit 0", output: .pipe(other)).finish()
            #expect(try endOrphan(other.fileHandleForReading.availableData))
        }

        @Test("One that does not end in time is ended", .timeLimit(.minutes(1)))
        func endless() throws {
            let endless = try child("exec sleep 100")
            #expect(throws: BenchmarkError.silent(program: "peer", seconds: 1)) {
                try endless.finish(atMost: .seconds(1))
            }
            #expect(!endless.isRunning)
        }

        @Test("One that leaves off is asked how it ended, and ended if it goes on")
        func failure() throws {
            #expect(
                try child("exit 7").failure("was silent") == .ended(program: "peer", .exit(7), lastLine: nil))
            #expect(
                try child("exit 0").failure("was silent") == .answer(program: "peer", reason: "was silent"))
        }

        @Test("One that does not end when it is asked to is killed", .timeLimit(.minutes(1)))
        func end() throws {
            let pipe = Pipe()
            let stubborn = try child(
                "trap '' TERM; echo ready; while :; do sleep 0.1; done", output: .pipe(pipe))
            _ = try pipe.fileHandleForReading.read(upToCount: 1)
            #expect(!stubborn.waitForEnd(atMost: .milliseconds(50)))
            stubborn.end()
            #expect(!stubborn.isRunning)
            #expect(throws: BenchmarkError.ended(program: "peer", .signal(SIGKILL), lastLine: nil)) {
                try stubborn.finish()
            }
        }

        @Test("A dialogue goes line by line")
        func dialogue() throws {
            let echo = try LineDialogue(
                "echo", executable: shell, arguments: ["-c", "while read -r line; do echo \"<$line>\"; done"])
            #expect(try echo.ask("one two") == Data("<one two>".utf8))
            #expect(try echo.ask("") == Data("<>".utf8))
            let long = String(repeating: "x", count: 100_000)
            #expect(try echo.ask(long) == Data("<\(long)>".utf8))
        }

        @Test(
            "and not for ever: one that hangs is ended", .timeLimit(.minutes(1)),
            arguments: [
                // It answers nothing; nor does it read, though it is told more than a pipe holds; it never ends its
                // line.
                "read -r line; exec sleep 100", "exec sleep 100", "while :; do printf x; sleep 0.05; done",
            ])
        func hangingDialogue(script: String) throws {
            let dialogue = try LineDialogue(
                "x", executable: shell, arguments: ["-c", script], patience: .seconds(1))
            let error = #expect(throws: BenchmarkError.self) {
                try dialogue.ask(String(repeating: "x", count: 1 << 20))
            }
            #expect(error == .silent(program: "x", seconds: 1))
            #expect(error?.description.contains("x gave no answer in 1 seconds") == true)
        }

        @Test("and keeps what comes after an answer for the next one")
        func answersAtOnce() throws {
            let eager = try LineDialogue(
                "x", executable: shell,
                arguments: [
                    "-c", "read -r line; printf 'one\\ntwo\\nthr'; read -r line; echo ee; read -r line",
                ])
            #expect(try eager.ask("") == Data("one".utf8))
            #expect(try eager.ask("") == Data("two".utf8))
            #expect(try eager.ask("") == Data("three".utf8))
        }

        @Test("and ends with the program, which says how it ended")
        func endedDialogue() throws {
            for (script, expected) in [
                ("read -r line; echo sorry >&2; exit 5", .ended(program: "x", .exit(5), lastLine: "sorry")),
                ("kill -SEGV $$", .ended(program: "x", .signal(SIGSEGV), lastLine: nil)),
                ("read -r line; exit 0", .answer(program: "x", reason: "ended without an answer")),
                (
                    "read -r line; printf half; exit 0",
                    .answer(program: "x", reason: "ended without an answer")
                ),
            ] as [(String, BenchmarkError)] {
                let dialogue = try LineDialogue("x", executable: shell, arguments: ["-c", script])
                #expect(throws: expected, "\(script)") { try dialogue.ask("hello") }
            }
        }

        @Test("also where something that it has started has its output", .timeLimit(.minutes(1)))
        func orphanedDialogue() throws {
            let dialogue = try LineDialogue(
                "x", executable: shell, arguments: ["-c", "read -r line; \(orphan) kill -ILL $$"])
            let process = try dialogue.ask("hello")
            #expect(throws: BenchmarkError.ended(program: "x", .signal(SIGILL), lastLine: nil)) {
                try dialogue.ask("hello")
            }
            #expect(try endOrphan(process))
        }
    }
}
