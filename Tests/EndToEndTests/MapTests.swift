import Foundation
import Testing

@Suite("The map of a chat", .enabled(if: Tmux.isInstalled, Tmux.missing))
struct MapTests {
    @Test("Zooms over a conversation that was read back, plays a reply again and shows every block")
    func restored() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            try await tmux.startChat("--capacity 0.5", maximumTokens: 60, model: model)
            try await tmux.ask("hello")
            try await tmux.waitForReplyToEnd()
            try await tmux.leaveChat()
            try await tmux.startChat("--continue", maximumTokens: 60, model: model)
            let before = try await tmux.wait(for: "the map") { $0.heatmap.count == Talker.blocks }
            let reply = try #require(before.message(of: "Tiny"))

            try await tmux.press("Tab", "-")
            try await tmux.wait(for: "two tokens a column") { $0.contains("2 tokens a column") }
            try await tmux.press("+", "p")
            try await tmux.wait(for: "the beginning of the reply") { screen in
                screen.contains("replay ")
                    && screen.message(of: "Tiny").map { $0.count < reply.count && reply.hasPrefix($0) }
                        == true
            }
            try await tmux.press("Escape")
            try await tmux.wait(for: "all of the reply") {
                !$0.contains("replay ") && $0.message(of: "Tiny") == reply
            }
            try await tmux.press("i")
            try await tmux.wait(for: "the blocks") { screen in
                screen.lines.count { $0.contains("processed ") || $0.contains("bypassed ") } > Talker.blocks
                    / 2
            }
            try await tmux.press("Escape")
            try await tmux.wait(for: "the panes") { $0.contains("depth") && !$0.contains("Esc close") }
            try await tmux.leaveChat()
        }
    }

    @Test("Text is tinted, in exact colours where COLORTERM says that there are", arguments: [true, false])
    func colours(isExact: Bool) async throws {
        let home = try Home()
        let model = try home.talker()
        let environment = [
            "TERM": "xterm-256color", "COLORTERM": isExact ? "truecolor" : "", "FATHOM_TINT": "entropy",
        ]
        try await Tmux.open(home, environment: environment) { tmux in
            let record = try await tmux.record()
            try await tmux.startChat(maximumTokens: 20, model: model)
            try await tmux.ask("hello")
            try await tmux.waitForReplyToEnd()
            try await tmux.wait(for: "the tint") { $0.contains("tint entropy") }
            try await tmux.leaveChat()
            let sent = String(decoding: try Data(contentsOf: record), as: UTF8.self)
            #expect(sent.contains("\u{1B}[38;2;") == isExact)
            #expect(sent.contains("\u{1B}[38;5;") == !isExact)
        }
    }
}
