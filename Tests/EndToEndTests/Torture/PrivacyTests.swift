import Foundation
import Testing

extension Torture {
    /// What the program tells nobody.
    @Suite("Torture: privacy", .serialized)
    struct PrivacyTests {
        private static let strace = Subprocess.path(of: "strace")

        /// Whether this system has a program that watches another's calls, and lets it.
        private static let canTrace: Bool = {
            guard let strace else { return false }
            let child = Process()
            child.executableURL = URL(filePath: strace)
            child.arguments = ["-o", "/dev/null", "true"]
            return (try? child.run()).map { child.waitUntilExit() } != nil && child.terminationStatus == 0
        }()

        @Test("No command makes a network call", .enabled(if: canTrace, "strace cannot be used here."))
        func network() async throws {
            let home = try Home()
            let model = try home.model()
            try home.write("text.txt", "one two three\n")
            for arguments in [
                ["run", "hello", "--max-tokens", "4", "--model", model], ["models"], ["inspect", model],
                ["history"],
                ["config"], ["eval", "text.txt", "--model", model],
                ["heatmap", "hello", "-o", "m.svg", "--model", model],
                ["report", "text.txt", "-o", "r.html", "--model", model], ["chat", "--help"],
            ] {
                let calls = home.scratch.appending(path: "calls")
                let outcome = try await Subprocess.run(
                    try #require(Self.strace),
                    ["-f", "-e", "trace=network", "-o", calls.path, try Program.built()] + arguments,
                    in: home,
                    environment: home.environment, limit: .seconds(60))
                #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
                let lines = try String(contentsOf: calls, encoding: .utf8).split(separator: "\n")
                #expect(lines.allSatisfy { $0.contains("+++ exited") || $0.contains("--- SIG") }, "\(lines)")
            }
        }

        @Test(
            "A chat makes no network call",
            .enabled(if: canTrace && Tmux.isInstalled, "strace or tmux cannot be used here."))
        func chat() async throws {
            let home = try Home()
            let model = try home.model()
            let calls = home.scratch.appending(path: "calls").path
            try await Tmux.open(home) { tmux in
                try await tmux.enter(
                    "clear; strace -f -e trace=network -o '\(calls)' '\(try Program.built())' chat --max-tokens 8 "
                        + "--threads 1 --model '\(model)'")
                try await tmux.wait(for: "the chat") { $0.isChat }
                try await tmux.ask("hello")
                try await tmux.waitForReplyToEnd()
                try await tmux.enter("/copy")
                try await tmux.press("C-o")
                try await tmux.wait(for: "the list") { $0.contains("conversations") }
                try await tmux.press("Escape")
                try await tmux.wait(for: "the chat") { $0.isChat && !$0.contains("conversations") }
                try await tmux.leaveChat()
            }
            let lines = try String(contentsOfFile: calls, encoding: .utf8).split(separator: "\n")
            #expect(!lines.isEmpty)
            #expect(lines.allSatisfy { $0.contains("+++ exited") || $0.contains("--- SIG") }, "\(lines)")
        }

        @Test(
            "What a chat leaves is for its user alone, and neither the log nor anything temporary has a message",
            .enabled(if: Tmux.isInstalled, Tmux.missing))
        func files() async throws {
            let home = try Home()
            let model = try home.model()
            let temporary = home.scratch.appending(path: "tmp")
            try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
            let secret = "zanzibarese"
            try await Tmux.open(home, environment: ["TMPDIR": temporary.path]) { tmux in
                // A mask that would let everybody read.
                try await tmux.enter("umask 0")
                let process = try await tmux.startChat(maximumTokens: 8, model: model)
                try await tmux.ask(secret)
                try await tmux.waitForReplyToEnd()
                try await tmux.enter("/save \(secret).md")
                try await tmux.wait(for: "the notice") { $0.contains("Saved to") }
                kill(process, SIGSEGV)
                try await tmux.waitForShell()
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path) == [])
            var seen = 0
            for folder in ["data/fathom", "state/fathom"] {
                #expect(try mode(home.path(folder)) == 0o700)
                for name in try FileManager.default.contentsOfDirectory(atPath: home.path(folder)) {
                    seen += 1
                    let path = home.path(folder + "/" + name)
                    #expect(try mode(path) == 0o600, "\(path)")
                    guard folder.hasPrefix("state") else { continue }
                    #expect(
                        try Data(contentsOf: URL(filePath: path)).range(of: Data(secret.utf8)) == nil,
                        "\(path)")
                }
            }
            // The store with its companions, the log, the report of the crash.
            #expect(seen >= 3)
            #expect(try mode(home.path("\(secret).md")) == 0o600)
        }

        private func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
    }
}
