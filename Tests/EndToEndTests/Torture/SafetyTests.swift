import ConversationStore
import Conversations
import Foundation
import Testing

extension Torture {
    /// Texts that a terminal or a browser would obey, in every place where a text can come from.
    @Suite(
        "Torture: what a terminal or a browser obeys", .serialized,
        .enabled(if: Tmux.isInstalled, Tmux.missing))
    struct SafetyTests {
        /// OSC, CSI, DCS, APC, SOS, PM, C1, BEL, SO, bidirectional overrides, tags, zero-width text, and scripts.
        static let texts = [
            "\u{1B}]0;title\u{7}", "\u{1B}]52;c;ZXZpbA==\u{7}", "\u{1B}[31mred", "\u{1B}[2J\u{1B}[H",
            "\u{1B}P1;2q\u{1B}\\",
            "\u{1B}_apc\u{1B}\\", "\u{1B}Xsos\u{1B}\\", "\u{1B}^pm\u{1B}\\", "\u{9B}31mc1", "\u{9D}0;t\u{9C}",
            "\u{90}q\u{9C}",
            "\u{7}\u{E}\u{F}\u{5}\u{8}\u{B}\u{C}", "\u{202E}evil\u{202C}\u{2066}x\u{2069}",
            "\u{E0041}\u{E0042}tags",
            "zero\u{200B}\u{200D}\u{FEFF}\u{2060}width", "\u{2028}\u{2029}line", "\u{1B}[?1049l\u{1B}c",
            "\u{1B}[6n\u{1B}[c",
            "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "]]><svg/onload=alert(1)>",
            "[x](javascript:alert(1))", "![x](javascript:alert(1))", "<a href='javascript:alert(1)'>x</a>",
            "&#106;avascript:alert(1)", "{{7*7}}${7*7}", "--><script>1</script><!--",
        ]
        private static let all = texts.joined(separator: " · ")

        /// What reached the terminal is control sequences of fathom's own: nothing of the texts' is obeyed.
        private func check(_ bytes: Data, sourceLocation: SourceLocation = #_sourceLocation) {
            let text = String(decoding: bytes, as: UTF8.self)
            for forbidden in [
                "\u{1B}]0;", "\u{1B}]52;c;ZXZpbA", "\u{1B}P1", "\u{1B}_", "\u{1B}X", "\u{1B}^", "\u{9B}",
                "\u{9D}", "\u{90}",
                "\u{E}", "\u{5}", "\u{202E}", "\u{2066}", "\u{E0041}", "\u{200B}", "\u{2028}", "\u{1B}c",
                "\u{1B}[6n", "\u{1B}[c",
            ] {
                #expect(
                    !text.contains(forbidden), "\(forbidden.debugDescription)", sourceLocation: sourceLocation
                )
            }
        }

        private func conversation() -> Conversation {
            var conversation = Conversation(systemPrompt: Self.all)
            let date = Date(timeIntervalSince1970: 1_800_000_000)
            conversation.append(.user, Self.all, date: date)
            conversation.append(
                .assistant, Self.all + "\n\n```\n\(Self.all)\n```\n\n| a |\n|---|\n| \(Self.all) |",
                date: date)
            return conversation
        }

        @Test("A kept conversation, its title and the model's name, on the screen and in lists")
        func screen() async throws {
            let home = try Home()
            let model = try home.model()
            let store = try ConversationStore(folder: home.path("data/fathom"))
            let kept = try await store.create(conversation(), modelName: Self.all)
            try await store.rename(kept.id, to: Self.all)
            try await Tmux.open(home) { tmux in
                let record = try await tmux.record()
                try await tmux.startChat("--continue", maximumTokens: 8, model: model)
                for key in ["PageUp", "PageUp", "PageUp", "F2", "Tab"] { try await tmux.press(key) }
                try await tmux.press("C-o")
                try await tmux.wait(for: "the list") { $0.contains("conversations") }
                try await tmux.press("Escape")
                try await tmux.wait(for: "the chat") { $0.isChat }
                try await tmux.enter("/raw")
                try await tmux.paste(Self.all)
                try await tmux.press("Enter")
                try await tmux.waitForReplyToEnd()
                try await tmux.enter("/save \(Self.texts[2]).md")
                try await tmux.enter("/open \(Self.texts[0])")
                try await tmux.press("Escape")
                try await tmux.wait(for: "the chat") { $0.isChat }
                try await tmux.press("C-l")
                try await tmux.leaveChat()
                check(try Data(contentsOf: record))
            }
        }

        @Test("Commands that print what is kept, and names of files, models and settings")
        func commands() async throws {
            let home = try Home()
            _ = try home.model()
            let store = try ConversationStore(folder: home.path("data/fathom"))
            let kept = try await store.create(conversation(), modelName: Self.all)
            try await store.rename(kept.id, to: Self.all)
            for text in [Self.all] + (Torture.minutes == nil ? Array(Self.texts.prefix(2)) : Self.texts) {
                for arguments in [
                    ["history", "--", text], ["run", "x", "--model", text], ["inspect", text],
                    ["config", "set", text, text],
                    ["config", "set", "theme", text], ["export", text], ["import", text],
                    ["heatmap", "x", "-o", text, "--model", text],
                    ["eval", text], ["chat", "--system", text], [text],
                ] {
                    let outcome = try await Program.run(
                        arguments, in: home, environment: ["XDG_CONFIG_HOME": home.path("c")])
                    check(outcome.data)
                    check(Data(outcome.errors.utf8))
                }
            }
            check(try await Program.run(["history"], in: home).data)
            check(try await Program.run(["models"], in: home).data)
        }

        @Test("Exported pages and pictures have no script, whatever was said")
        func exports() async throws {
            let home = try Home()
            let model = try home.model()
            let store = try ConversationStore(folder: home.path("data/fathom"))
            let kept = try await store.create(conversation(), modelName: Self.all)
            try await store.rename(kept.id, to: Self.all)
            try home.write("text.txt", Self.all)
            var files: [String] = []
            for (arguments, file) in [
                (["export", "\(kept.id)"], "chat.html"),
                (["heatmap", Self.all, "--model", model], "map.svg"),
                (["heatmap", Self.all, "--model", model], "map.html"),
                (["report", "text.txt", "--model", model], "report.html"),
            ] {
                let outcome = try await Program.run(arguments + ["-o", file], in: home)
                #expect(outcome.status == 0, "\(outcome.errors)")
                files.append(try String(contentsOfFile: home.path(file), encoding: .utf8))
            }
            for file in files {
                let tags = file.matches(of: /<\s*([A-Za-z!\/?][A-Za-z0-9]*)([^>]*)>/).map {
                    ($0.1.lowercased(), $0.2.lowercased())
                }
                #expect(tags.count > 3)
                for (name, attributes) in tags {
                    #expect(!["img", "iframe", "object", "embed", "foreignobject"].contains(name), "\(name)")
                    #expect(attributes.firstMatch(of: /\son[a-z]+\s*=/) == nil, "\(name) \(attributes)")
                    #expect(
                        !attributes.contains("javascript:") && !attributes.contains("=data:"), "\(attributes)"
                    )
                    // A page's own script is the one that it begins with, which no text is in.
                    #expect(!attributes.contains("alert"), "\(attributes)")
                }
                #expect(!file.contains("<script>alert") && !file.contains("<script>1<"))
                check(Data(file.utf8))
            }
        }
    }
}
