import Foundation
import TestSupport
import Testing

extension Torture {
    /// More than a context has room for.
    @Suite("Torture: context", .serialized, .enabled(if: Tmux.isInstalled, Tmux.missing))
    struct ContextTests {
        @Test("A context that fills again and again goes on, says what it left out, and all of it is kept")
        func filled() async throws {
            let home = try Home()
            let length = Torture.minutes == nil ? 512 : 8192
            let model = try home.model { $0.contextLength = length }
            // Twenty times the context, at some hundred tokens a turn.
            let turns = 20 * length / 128
            var asked = 0
            try await Tmux.open(home) { tmux in
                try await tmux.startChat(maximumTokens: length / 8, model: model)
                for turn in Torture.Rounds(short: 12) where turn < turns {
                    asked += 1
                    try await tmux.enter("question \(turn) " + String(repeating: "x", count: length / 8))
                    let screen = try await tmux.wait(for: "reply \(turn)") { screen in
                        screen.contains("question \(turn) ") && !screen.isReplying && screen.real != nil
                    }
                    let tokens = try #require(screen.contextTokens)
                    #expect(tokens <= length)
                    if turn == 11 { #expect(screen.contains("no longer sees")) }
                }
                try await tmux.leaveChat()
            }
            let history = try await Program.run(["history"], in: home)
            #expect(history.output.contains("  \(2 * asked)  question 0"), "\(history.output)")
        }

        @Test(
            "A message, or a system prompt, longer than the context is refused in a line, and the chat goes on"
        )
        func tooLong() async throws {
            let home = try Home()
            let model = try home.model { $0.contextLength = 256 }
            try await Tmux.open(home) { tmux in
                try await tmux.startChat(maximumTokens: 20, model: model)
                try await tmux.paste(String(repeating: "long ", count: 200))
                try await tmux.press("Enter")
                try await tmux.wait(for: "the refusal") { $0.text.contains("room for") && !$0.isReplying }
                // What was refused is in the composer again.
                try await tmux.press("C-u")
                try await tmux.enter("/clear")
                try await tmux.ask("short")
                try await tmux.waitForReplyToEnd()
                try await tmux.paste("/system " + String(repeating: "rule ", count: 200))
                try await tmux.press("Enter")
                try await tmux.enter("after it")
                try await tmux.wait(for: "the refusal") { $0.text.contains("room for") && !$0.isReplying }
                try await tmux.press("C-u")
                try await tmux.leaveChat()
            }
            let outcome = try await Program.run(
                ["run", String(repeating: "long ", count: 200), "--model", model], in: home)
            #expect(
                outcome.status != 0 && outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
        }
    }
}
