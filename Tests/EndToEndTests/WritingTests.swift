import Foundation
import Testing

/// Writing, and what is done with replies.
@Suite("Writing in the chat", .serialized, .enabled(if: Tmux.isInstalled, Tmux.missing))
struct WritingTests {
    @Test("Tab completes commands and their arguments, with a hint")
    func completion() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            try await tmux.startChat(maximumTokens: 5, model: model)
            try await tmux.type("/cap")
            try await tmux.wait(for: "a hint") { $0.contains("turn the capacity, 0 to 1") }
            try await tmux.press("Tab")
            try await tmux.wait(for: "the command") { $0.contains("> /capacity") }
            try await tmux.type("0.5")
            try await tmux.press("Enter")
            try await tmux.wait(for: "the capacity") { $0.asked == 0.5 }
            try await tmux.type("/policy b")
            try await tmux.press("Tab")
            try await tmux.type("32")
            try await tmux.press("Enter")
            try await tmux.wait(for: "the policy") { $0.contains("The policy is budget 32: ") }
            // Several commands begin so: as far as they agree, and nothing is done.
            try await tmux.type("/re")
            try await tmux.press("Tab", "Tab")
            let several = try await tmux.wait(for: "the command as far as it is known") {
                $0.contains("> /re")
            }
            #expect(several.contains("Enter send") || several.contains("/retry"), "the focus stays")
            try await tmux.leaveChat()
        }
    }

    @Test("What was deleted comes back, and goes again")
    func undo() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            try await tmux.startChat(maximumTokens: 5, model: model)
            try await tmux.type("one two three")
            try await tmux.press("C-w", "C-w")
            try await tmux.wait(for: "one word") { $0.contains("> one") && !$0.contains("two") }
            try await tmux.press("C-_")
            try await tmux.wait(for: "two words") { $0.contains("> one two") && !$0.contains("three") }
            try await tmux.press("M-z")
            try await tmux.wait(for: "all of it") { $0.contains("> one two three") }
            try await tmux.press("M-Z", "M-Z")
            try await tmux.wait(for: "one word") { $0.contains("> one") && !$0.contains("two") }
            try await tmux.leaveChat()
        }
    }

    @Test("A reply that Esc stopped goes on with /continue, and the stopped one is kept beside it")
    func continuing() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            try await tmux.startChat(model: model)
            try await tmux.ask("hello")
            let some = try await tmux.wait(for: "some of the reply") {
                ($0.message(of: "Tiny")?.count ?? 0) > 30
            }
            // On a busy machine the reply may have outgrown the pane before it is stopped.
            let start = try #require(some.message(of: "Tiny")?.prefix(30))
            try await tmux.press("Escape")
            let stopped = try await tmux.wait(for: "the stop") { $0.contains("(stopped") && !$0.isReplying }
            let tokens = try #require(stopped.contextTokens)
            try await tmux.enter("/continue")
            let going = try await tmux.wait(for: "the rest") {
                $0.isReplying && ($0.contextTokens ?? 0) > tokens + 30
            }
            // A reply that has outgrown the pane shows its beginning no more.
            #expect(going.message(of: "Tiny").map { $0.hasPrefix(start) } ?? true)
            try await tmux.press("Escape")
            let both = try await tmux.wait(for: "the stop") { $0.contains("2/2") && !$0.isReplying }
            #expect((both.contextTokens ?? 0) > tokens + 30)
            try await tmux.press("M-,")
            try await tmux.wait(for: "the first") { $0.contains("1/2") }
            try await tmux.leaveChat()
        }
    }

    @Test("A reply is set as Markdown, and /raw shows it as it was written")
    func markdown() async throws {
        let home = try Home()
        let model = try home.talker()
        let reply =
            "# Heading\\n\\nSome **bold** and `code`.\\n\\n- one\\n- two\\n\\n```swift\\nlet x = 1 // why\\n```\\n"
        let date = "2026-11-25T01:13:37.000Z"
        let document = try home.write(
            "chat.json",
            """
            {"format": "fathom-conversation/1", "title": "set", "model": "Tiny", "created": "\(date)",
             "updated": "\(date)", "head": 2, "messages": [
              {"id": 1, "role": "user", "text": "show", "date": "\(date)"},
              {"id": 2, "parent": 1, "role": "assistant", "text": "\(reply)", "date": "\(date)"}]}
            """)
        let imported = try await Program.run(["import", document], in: home)
        #expect(imported.status == 0, "\(imported.errors)")
        try await Tmux.open(home) { tmux in
            try await tmux.startChat("--continue", maximumTokens: 5, model: model)
            let set = try await tmux.wait(for: "the reply") { $0.contains("let x = 1 // why") }
            #expect(set.contains("Heading") && set.contains("Some bold and code."))
            #expect(!set.contains("**") && !set.contains("```") && !set.contains("# Heading"))
            try await tmux.enter("/raw")
            let raw = try await tmux.wait(for: "it as written") { $0.contains("# Heading") }
            #expect(
                raw.contains("Some **bold** and `code`.") && raw.contains("- one") && raw.contains("```swift")
            )
            try await tmux.enter("/raw")
            try await tmux.wait(for: "it as Markdown") { !$0.contains("# Heading") && $0.contains("Heading") }
            let record = try await tmux.record()
            try await tmux.enter("/copy code")
            try await tmux.wait(for: "the copy") { $0.contains("Copied a line") }
            let sent = String(decoding: try Data(contentsOf: record), as: UTF8.self)
            let copies = sent.matches(of: /\u{1B}\]52;c;([A-Za-z0-9+\/=]*)/).compactMap {
                Data(base64Encoded: String($0.1)).map { String(decoding: $0, as: UTF8.self) }
            }
            #expect(copies.map { $0.trimmingCharacters(in: .newlines) } == ["let x = 1 // why"])
            try await tmux.leaveChat()
        }
    }
}
