import Foundation
import Testing

/// What one can say to the program in the chat, and what one must not be able to do to the terminal.
@Suite("Commands in the chat", .serialized, .enabled(if: Tmux.isInstalled, Tmux.missing))
struct SlashCommandTests {
    @Test("Every command does what it says")
    func commands() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            try await tmux.startChat(maximumTokens: 30, model: model)
            try await tmux.enter("/capacity 0.5")
            try await tmux.wait(for: "the capacity") { $0.asked == 0.5 }
            try await tmux.enter("/capacity 7")
            try await tmux.wait(for: "a hint") { $0.contains("A capacity is a number from 0 to 1, not 7") }
            #expect(try await tmux.screen().asked == 0.5)
            try await tmux.press("C-u")
            try await tmux.enter("/policy budget 32")
            try await tmux.wait(for: "the policy") {
                $0.lines.first?.contains("real · budget 32") == true
                    && $0.contains("The policy is budget 32: ")
            }
            try await tmux.enter("/policy nonsense")
            try await tmux.wait(for: "a hint") {
                $0.contains("A policy is held, table or budget, not nonsense")
            }
            try await tmux.press("C-u")
            try await tmux.enter("/policy held")
            try await tmux.wait(for: "the usual policy") { $0.lines.first?.contains("budget") == false }
            try await tmux.enter("/nonsense")
            try await tmux.wait(for: "a hint") {
                $0.contains("There is no /nonsense. /help lists the commands")
            }
            try await tmux.press("C-u")
            try await tmux.enter("/retry")
            try await tmux.wait(for: "a hint") { $0.contains("There is no reply to make anew yet.") }
            try await tmux.enter("/save")
            try await tmux.wait(for: "a hint") { $0.contains("There is nothing to save yet.") }

            try await tmux.ask("hello")
            let reply = try await tmux.waitForReplyToEnd()
            try await tmux.enter("/save talk.md")
            try await tmux.wait(for: "the file") { $0.contains("Saved to talk.md") }
            let saved = try String(contentsOfFile: home.path("talk.md"), encoding: .utf8)
            #expect(saved.contains("## You\n\nhello\n"))
            let said = try #require(reply.message(of: "Tiny"))
            #expect(saved.contains(said.prefix(20)))
            try await tmux.enter("/save talk.md")
            try await tmux.wait(for: "a refusal") { $0.contains("exists already") }
            #expect(try String(contentsOfFile: home.path("talk.md"), encoding: .utf8) == saved)

            try await tmux.enter("/help")
            try await tmux.wait(for: "the help") { $0.contains("/retry") && $0.contains("Esc closes") }
            try await tmux.press("Escape")
            try await tmux.wait(for: "the chat") { !$0.contains("Esc closes") }
            try await tmux.enter("/retry")
            try await tmux.wait(for: "the same question again") {
                !$0.isReplying && $0.contains("2/2")
            }

            try await tmux.enter("/system Be brief.")
            try await tmux.wait(for: "an empty chat") { $0.contains("Type a message and press Enter.") }
            try await tmux.enter("/system")
            try await tmux.wait(for: "the system prompt") { $0.contains("System prompt: Be brief.") }
            try await tmux.enter("//etc is a folder")
            try await tmux.wait(for: "a reply") { $0.hasQuestion("/etc is a folder") && $0.real != nil }
            try await tmux.waitForReplyToEnd()
            try await tmux.enter("/clear")
            try await tmux.wait(for: "an empty chat") { $0.contains("Type a message and press Enter.") }
            try await tmux.enter("/quit")
            try await tmux.waitForShell()
        }
        let history = try await Program.run(["history"], in: home)
        #expect(history.lines.count == 2, "\(history.output)")
    }

    @Test("A policy is taken from the command line, and another in the middle of a reply")
    func policies() async throws {
        let home = try Home()
        let model = try home.talker(thinLength: 256)
        try await Tmux.open(home) { tmux in
            try await tmux.startChat("--policy table --capacity 0.5", model: model)
            try await tmux.wait(for: "the policy") { $0.lines.first?.contains("real · table") == true }
            try await tmux.ask("hello")
            try await tmux.wait(for: "three grades") { screen in
                let cells = Talker.routed.compactMap { screen.heatmap[$0] }.joined()
                return ["█", "▄", "·"].allSatisfy(cells.contains) && screen.contains("▄ thin")
            }
            try await tmux.enter("/policy budget 16")
            try await tmux.wait(for: "a token under it") {
                $0.lines.first?.contains("real · budget 16") == true && $0.isReplying
                    && $0.real.map { $0 <= 0.51 } == true
            }
            try await tmux.leaveChat()
        }
    }

    @Test("Several lines, and the cursor where it belongs")
    func composer() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            try await tmux.startChat(maximumTokens: 5, model: model)
            try await tmux.type("one")
            try await tmux.press("M-Enter")
            try await tmux.type("日本語 and 👩‍👩‍👧")
            let written = try await tmux.wait(for: "two lines") {
                $0.contains("> one") && $0.contains("日本語 and ")
            }
            #expect(
                written.lines.filter { $0.hasSuffix("│") || $0.hasSuffix("┘") }.count > 30,
                "the frame is whole")
            try await tmux.press("Enter")
            try await tmux.wait(for: "the message") {
                $0.contains("you   one") && !$0.isReplying && $0.real != nil
            }
            try await tmux.press("Up")
            try await tmux.wait(for: "the last message") { $0.contains("> one") }
        }
    }

    @Test("A paste with escape sequences and control characters is only text")
    func hostilePaste() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            let title = try await tmux.variable("pane_title")
            try await tmux.startChat(maximumTokens: 5, model: model)
            let record = try await tmux.record()
            try await tmux.paste("safe\u{1B}]2;stolen\u{7}\u{1B}[31mred\u{5}\u{9B}2J\u{202E}\r\nnext line")
            let screen = try await tmux.wait(for: "the paste") { $0.contains("next line") }
            #expect(screen.contains("safe�]2;stolen"))
            try await tmux.press("Enter")
            try await tmux.wait(for: "the message") { $0.contains("you   safe�]2;stolen") && !$0.isReplying }
            #expect(try await tmux.variable("pane_title") == title)
            try checkHarmless(record)
            try await tmux.leaveChat()
        }
    }

    @Test("A model that speaks in control characters does the terminal no harm")
    func hostileModel() async throws {
        let home = try Home()
        let model = try home.talker(saying: Talker.controls)
        try await Tmux.open(home) { tmux in
            let title = try await tmux.variable("pane_title")
            try await tmux.startChat(maximumTokens: 400, model: model)
            let record = try await tmux.record()
            try await tmux.ask("hello")
            let screen = try await tmux.waitForReplyToEnd()
            #expect(screen.contains("�"))
            #expect(screen.isChat && screen.heatmap.count == Talker.blocks)
            #expect(try await tmux.variable("pane_title") == title)
            try checkHarmless(record)
            try await tmux.leaveChat()
        }
    }

    /// Nothing of what was said or pasted was sent to the terminal as it was.
    private func checkHarmless(_ record: URL) throws {
        let sent = try Data(contentsOf: record)
        #expect(sent.count > 1000)
        // SO and SI do come from ncurses, where lines are drawn in another character set.
        #expect(!sent.contains { [0x05, 0x07].contains($0) })
        for sequence in ["\u{1B}]", "\u{1B}[31mred", "\u{1B}c", "\u{9B}", "\u{202E}"] {
            #expect(sent.firstRange(of: Data(sequence.utf8)) == nil, "\(sequence.debugDescription)")
        }
    }
}
