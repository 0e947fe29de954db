import Foundation
import Testing

/// What is left of a chat when it is over.
@Suite("Conversations", .serialized, .enabled(if: Tmux.isInstalled, Tmux.missing))
struct PersistenceTests {
    @Test("--continue finds the conversation with its heatmap")
    func continuing() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            try await tmux.startChat("--capacity 0.5", maximumTokens: 40, model: model)
            try await tmux.ask("first question")
            try await tmux.waitForReplyToEnd()
            try await tmux.ask("second question")
            let before = try await tmux.wait(for: "both replies") {
                !$0.isReplying && $0.contains("second question") && ($0.contextTokens ?? 0) > 120
            }
            try await tmux.enter("/quit")
            try await tmux.waitForShell()
            try await tmux.startChat("--continue --capacity 0.5", maximumTokens: 40, model: model)
            let after = try await tmux.wait(for: "the conversation") { $0.contains("second question") }
            #expect(after.message(of: "Tiny")?.isEmpty == false)
            #expect(after.message(of: "Tiny") == before.message(of: "Tiny"))
            // The replies' text may take fewer tokens than the model spelled it in.
            let (length, tokens) = (try #require(after.contextTokens), try #require(before.contextTokens))
            #expect((tokens - 80...tokens + 2).contains(length))
            #expect(after.heatmap == before.heatmap && after.heatmap.count == Talker.blocks)
            try await tmux.ask("third question")
            try await tmux.waitForReplyToEnd()
            try await tmux.leaveChat()
        }
        let history = try await Program.run(["history"], in: home)
        #expect(history.lines.count == 1)
        #expect(history.output.contains("   6  first question"))
        let third = try await Program.run(["history", "--", "third"], in: home)
        #expect(third.lines.count == 2 && third.lines[0].hasSuffix("first question"), "\(third.output)")
        #expect(third.lines.last?.contains("third question") == true)
        let nowhere = try await Program.run(["history", "nowhere"], in: home)
        #expect(nowhere.lines.isEmpty && nowhere.errors.contains("No conversation contains “nowhere”."))
        let deletion = try await Program.run(["history", "--delete", "1"], in: home)
        #expect(deletion.status == 0)
        #expect(try await Program.run(["history"], in: home).lines.isEmpty)
    }

    /// The last lines of a reply that was stopped, in the chat's pane.
    private func endOfStoppedReply(_ screen: Screen) -> [String]? {
        let lines = screen.text.split(separator: "\n").map { String($0.prefix(60)) }
        guard let stop = lines.lastIndex(where: { $0.contains("(stopped") }) else { return nil }
        return Array(lines[...stop].suffix(4))
    }

    @Test("kill -9 during a reply loses that reply and nothing else")
    func killed() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            let process = try await tmux.startChat(model: model)
            try await tmux.ask("first question")
            try await tmux.wait(for: "a first token") { $0.contains("entropy") }
            try await tmux.press("C-c")
            let first = try await tmux.wait(for: "the stop") { $0.contains("(stopped") && !$0.isReplying }
            let tokens = try #require(first.contextTokens)
            try await tmux.ask("second question")
            try await tmux.wait(for: "the second reply") {
                $0.isReplying && ($0.contextTokens ?? 0) > tokens + 40
            }
            kill(process, SIGKILL)
            // Nobody gave the terminal back.
            try await tmux.wait(for: "the shell") { $0.contains("Killed") }
            try await tmux.type("stty sane; tput rmcup; clear")
            try await tmux.press("C-j")
            try await tmux.wait(for: "the shell") { !$0.isChat }
            try await tmux.startChat("--continue", model: model)
            let after = try await tmux.wait(for: "the conversation") { $0.contains("second question") }
            // The first reply may be longer than the pane, whoever was kept waiting to stop it.
            #expect(endOfStoppedReply(after) == endOfStoppedReply(first) && endOfStoppedReply(first) != nil)
            #expect(try await Program.run(["history"], in: home).output.contains("first question"))
            // The message without an answer gets one on demand.
            try await tmux.enter("/retry")
            try await tmux.wait(for: "a reply") { screen in
                // While the prompt is read, the reply's place tells how far.
                guard screen.isReplying, !screen.contains("reading ") else { return false }
                return screen.message(of: "Tiny").map { $0.count > 60 } == true
            }
            try await tmux.leaveChat()
        }
        #expect(try await Program.run(["history"], in: home).output.contains("   4  first question"))
    }

    @Test("Another reply stands beside the first, also the next time; what is copied goes to the terminal")
    func versions() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            let record = try await tmux.record()
            try await tmux.startChat(maximumTokens: 20, model: model)
            try await tmux.ask("hello")
            let first = try await tmux.waitForReplyToEnd()
            try await tmux.enter("/retry 0.25")
            let second = try await tmux.wait(for: "the second reply") {
                $0.contains("2/2") && !$0.isReplying && $0.asked == 0.25
            }
            #expect(second.message(of: "Tiny") != first.message(of: "Tiny"))
            try await tmux.press("M-,")
            try await tmux.wait(for: "the first reply") { $0.contains("1/2") }
            try await tmux.enter("/copy")
            try await tmux.wait(for: "the copy") { $0.contains("Copied ") }
            #expect(String(decoding: try Data(contentsOf: record), as: UTF8.self).contains("\u{1B}]52;c;"))
            try await tmux.press("C-d")
            try await tmux.waitForShell()
            try await tmux.startChat("--continue", maximumTokens: 20, model: model)
            let again = try await tmux.wait(for: "the version left at") { $0.contains("1/2") }
            #expect(again.contains("hello"))
            try await tmux.enter("/edit")
            try await tmux.wait(for: "the question") {
                $0.contains("> hello") && $0.contains("another version")
            }
            try await tmux.enter(" again")
            try await tmux.wait(for: "its reply") { $0.hasQuestion("hello again") && !$0.isReplying }
            try await tmux.leaveChat()
        }
        #expect(try await Program.run(["history"], in: home).output.contains("   5  hello"))
    }

    @Test("A store that is no database is refused and left as it is")
    func brokenStore() async throws {
        let home = try Home()
        let model = try home.model()
        let garbage = Data((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) })
        try home.write("data/fathom/conversations.sqlite", garbage)
        let program = try Program.built()
        try await Tmux.open(home) { tmux in
            try await tmux.enter("clear; '\(program)' --model '\(model)'; echo code $?")
            let screen = try await tmux.wait(for: "the exit code") { $0.contains("code 74") }
            #expect(screen.text.replacing("\n", with: "").contains("Move it away"))
            try await tmux.startChat("--no-save", model: model)
            try await tmux.leaveChat()
        }
        #expect(try Data(contentsOf: home.database) == garbage)
    }

    @Test("--no-save leaves nothing")
    func noSave() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            try await tmux.startChat("--no-save", maximumTokens: 10, model: model)
            try await tmux.ask("a secret")
            try await tmux.waitForReplyToEnd()
            try await tmux.leaveChat()
        }
        #expect(!FileManager.default.fileExists(atPath: home.database.path))
        let log = home.folder.appending(path: "state/fathom/fathom.log")
        #expect(try !String(contentsOf: log, encoding: .utf8).contains("a secret"))
    }
}
