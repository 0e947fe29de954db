import Foundation
import Testing

/// The list of conversations and that of what was sent, over the chat.
@Suite("Lists to choose from", .serialized, .enabled(if: Tmux.isInstalled, Tmux.missing))
struct ConversationListTests {
    /// Holds two conversations, one about apples and, the newer, one about pears.
    private func open(_ body: (Tmux) async throws -> Void) async throws -> Home {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            try await tmux.startChat("--capacity 0.5", maximumTokens: 40, model: model)
            try await tmux.ask("about apples")
            try await tmux.waitForReplyToEnd()
            try await tmux.enter("/clear")
            try await tmux.wait(for: "an empty chat") { $0.contains("Type a message and press Enter.") }
            try await tmux.ask("about pears")
            try await tmux.waitForReplyToEnd()
            try await body(tmux)
        }
        return home
    }

    @Test("Ctrl-O finds a conversation, opens it with its heatmap, and it goes on")
    func opens() async throws {
        let home = try await open { tmux in
            try await tmux.press("C-o")
            try await tmux.wait(for: "the list") {
                $0.contains("conversations") && $0.listed.count == 2
            }
            try await tmux.type("apples")
            try await tmux.wait(for: "what was found") {
                $0.contains("> apples") && $0.listed.count == 1 && $0.listed[0].contains("about apples")
            }
            try await tmux.press("Enter")
            let opened = try await tmux.wait(for: "the conversation") {
                $0.hasQuestion("about apples") && !$0.contains("> apples")
            }
            #expect(opened.message(of: "Tiny")?.isEmpty == false)
            #expect(opened.heatmap.count == Talker.blocks)
            try await tmux.ask("and plums")
            try await tmux.wait(for: "its reply") { $0.hasQuestion("and plums") && !$0.isReplying }
            try await tmux.enter("/open pears")
            try await tmux.wait(for: "what was found") {
                $0.contains("> pears") && $0.listed.count == 1 && $0.listed[0].contains("about pears")
            }
            try await tmux.press("Escape")
            try await tmux.wait(for: "the chat as it was") { $0.hasQuestion("and plums") }
            try await tmux.leaveChat()
        }
        let history = try await Program.run(["history"], in: home)
        #expect(history.lines.count == 2)
        #expect(history.output.contains("   4  about apples") && history.output.contains("   2  about pears"))
    }

    @Test("Conversations are pinned, renamed, deleted and brought back, and that stays")
    func changes() async throws {
        let home = try await open { tmux in
            try await tmux.press("C-o")
            try await tmux.wait(for: "the list") { $0.contains("about apples") }
            try await tmux.press("Down", "C-r", "C-u")
            try await tmux.wait(for: "the title's place") { $0.contains("new title:") }
            try await tmux.enter("Fruit 日本語")
            try await tmux.wait(for: "the title") { $0.contains("Fruit 日本語") && !$0.contains("new title:") }
            try await tmux.press("DC")
            try await tmux.wait(for: "one less") { !$0.contains("Fruit") && $0.contains("bring back") }
            try await tmux.press("C-_")
            try await tmux.wait(for: "it again") { $0.contains("Fruit 日本語") }
            let place = try #require(try await tmux.screen().listed.firstIndex { $0.contains("Fruit") })
            try await tmux.press("Up", "Up")
            for _ in 0..<place { try await tmux.press("Down") }
            try await tmux.press("C-t")
            try await tmux.wait(for: "the pin at the top") { $0.listed.first?.contains("Fruit") == true }
            try await tmux.press("Escape")
            try await tmux.wait(for: "the chat") { $0.listed.isEmpty }
            try await tmux.leaveChat()
        }
        let history = try await Program.run(["history"], in: home)
        #expect(history.lines.count == 2 && history.lines[0].contains("Fruit 日本語"), "\(history.output)")
    }

    @Test("What was sent in an earlier session is recalled and searched for")
    func history() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            try await tmux.startChat(maximumTokens: 5, model: model)
            for question in ["the first question", "the second one"] {
                try await tmux.ask(question)
                try await tmux.waitForReplyToEnd()
            }
            try await tmux.leaveChat()
            try await tmux.startChat(maximumTokens: 5, model: model)
            try await tmux.ask("a third")
            try await tmux.waitForReplyToEnd()
            for question in ["a third", "the second one", "the first question"] {
                try await tmux.press("Up")
                try await tmux.wait(for: question) { $0.contains("> \(question)") }
            }
            try await tmux.press("C-u")
            try await tmux.press("C-r")
            try await tmux.wait(for: "the list") {
                $0.contains("sent before") && $0.contains("the first question") && $0.contains("a third")
            }
            try await tmux.type("second")
            try await tmux.wait(for: "what was found") {
                $0.listed.count == 1 && $0.listed[0].contains("the second one")
            }
            try await tmux.press("Enter")
            try await tmux.wait(for: "it in the composer") {
                $0.contains("> the second one") && !$0.contains("sent before")
            }
            try await tmux.press("Enter")
            try await tmux.wait(for: "it in the chat") { $0.hasQuestion("the second one") }
            try await tmux.waitForReplyToEnd()
            try await tmux.leaveChat()
        }
    }
}

extension Screen {
    /// The entries of the list over the chat: the rows between what is typed and the keys.
    fileprivate var listed: [String] {
        for (row, line) in lines.enumerated() {
            guard let corner = line.firstRange(of: /┌ (conversations|sent before) ─/)?.lowerBound else {
                continue
            }
            let column = line.distance(from: line.startIndex, to: corner)
            return lines[(row + 3)...].map { String($0.dropFirst(column + 2).prefix(96)) }
                .prefix { !$0.contains("Enter ") }
                .filter { !$0.allSatisfy { $0 == " " } }
        }
        return []
    }
}
