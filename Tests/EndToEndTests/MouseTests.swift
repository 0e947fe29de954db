import Foundation
import Testing

/// The mouse, as terminals report it.
@Suite("The mouse", .serialized, .enabled(if: Tmux.isInstalled, Tmux.missing))
struct MouseTests {
    @Test("The wheel scrolls the chat")
    func wheel() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home, columns: 80, rows: 24) { tmux in
            try await tmux.startChat(maximumTokens: 250, model: model)
            for number in 1...4 {
                try await tmux.enter("question \(number)")
                try await tmux.wait(for: "the reply") {
                    $0.contains("question \(number)") && $0.real != nil && !$0.isReplying
                }
            }
            #expect(try await !tmux.screen().contains("question 1"))
            for _ in 0..<30 { try await tmux.mouse(.wheelUp, column: 10, row: 10) }
            try await tmux.wait(for: "the first question") { $0.contains("question 1") }
            for _ in 0..<30 { try await tmux.mouse(.wheelDown, column: 10, row: 10) }
            try await tmux.wait(for: "the last reply") {
                !$0.contains("question 1") && $0.contains("question 4")
            }
            try await tmux.leaveChat()
            #expect(try await tmux.modes() == Tmux.shellModes)
        }
    }

    @Test("A click goes to what is under it")
    func click() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            try await tmux.startChat(maximumTokens: 30, model: model)
            try await tmux.ask("hello")
            try await tmux.waitForReplyToEnd()
            try await tmux.type("one three")
            let screen = try await tmux.wait(for: "the text") { $0.contains("> one three") }
            let newest = try #require(screen.inspected)
            let row = try #require(screen.lines.firstIndex { $0.contains("│ 15 ") })
            // The newest token's column ends the line of depths, too; the blocks' rows go on with bars.
            let depths = try #require(screen.lines.first { $0.hasSuffix(" depth │") })
            let bar = try #require(depths.lastIndex { "▁▂▃▄▅▆▇█".contains($0) })
            let column = depths.distance(from: depths.startIndex, to: bar)
            try await tmux.mouse(.press, column: column - 3, row: row)
            try await tmux.mouse(.release, column: column - 3, row: row)
            try await tmux.wait(for: "the token and the block") {
                $0.inspected == newest - 3 && $0.decision?.hasPrefix("block 15 ") == true
                    && $0.contains("Esc write")
            }
            let composer = try await tmux.place(of: "three")
            try await tmux.mouse(.press, column: composer.column, row: composer.row)
            try await tmux.mouse(.release, column: composer.column, row: composer.row)
            try await tmux.type("two ")
            try await tmux.wait(for: "the word between") { $0.contains("> one two three") }
            try await tmux.leaveChat()
        }
    }

    @Test("What is dragged over is copied, whole lines again, and nothing of the frame")
    func drag() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            let record = try await tmux.record()
            try await tmux.startChat(maximumTokens: 5, model: model)
            let words = (1...20).map { "word\($0)" }.joined(separator: " ")
            try await tmux.enter("begin \(words) finish")
            try await tmux.wait(for: "the reply") {
                $0.contains("finish") && $0.real != nil && !$0.isReplying && $0.contains("longest length")
            }
            let (start, end) = (try await tmux.place(of: "begin"), try await tmux.place(of: "finish"))
            #expect(end.row > start.row)
            try await tmux.mouse(.press, column: start.column, row: start.row)
            try await tmux.mouse(.drag, column: start.column + 5, row: start.row)
            try await tmux.mouse(.drag, column: end.column + 5, row: end.row)
            try await tmux.mouse(.release, column: end.column + 5, row: end.row)
            try await tmux.wait(for: "the copy") { $0.contains("Copied a line") }
            let sent = String(decoding: try Data(contentsOf: record), as: UTF8.self)
            let copies = sent.matches(of: /\u{1B}\]52;c;([A-Za-z0-9+\/=]*)/).map { String($0.1) }
            #expect(copies == [Data("begin \(words) finish".utf8).base64EncodedString()])
            // A click copies nothing.
            try await tmux.mouse(.press, column: start.column, row: start.row)
            try await tmux.mouse(.release, column: start.column, row: start.row)
            try await tmux.type("x")
            try await tmux.wait(for: "the key") { $0.contains("> x") }
            #expect(
                String(decoding: try Data(contentsOf: record), as: UTF8.self).matches(of: /\]52;/).count == 1)
            try await tmux.leaveChat()
        }
    }

    @Test("Reports are asked for, and not where FATHOM_MOUSE is false", arguments: [true, false])
    func reports(isOn: Bool) async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home, environment: isOn ? [:] : ["FATHOM_MOUSE": "false"]) { tmux in
            let record = try await tmux.record()
            try await tmux.startChat(maximumTokens: 5, model: model)
            #expect(try await tmux.modes().contains("mouse") == isOn)
            try await tmux.press("C-z")
            try await tmux.wait(for: "the shell") { !$0.isChat && $0.contains("Stopped") }
            #expect(try await tmux.modes() == Tmux.shellModes)
            try await tmux.enter("fg")
            try await tmux.wait(for: "the chat") { $0.isChat }
            try await tmux.ask("hello")
            try await tmux.waitForReplyToEnd()
            #expect(try await tmux.modes() == (isOn ? Tmux.chatModes : "other-screen keypad"))
            try await tmux.leaveChat()
            #expect(try await tmux.modes() == Tmux.shellModes)
            let sent = String(decoding: try Data(contentsOf: record), as: UTF8.self)
            #expect(
                Set(sent.matches(of: /\?1(000|002|003|006)h/).map { String($0.0) })
                    == (isOn ? ["?1002h", "?1006h"] : []))
        }
    }

    @Test("Reports that are cut short, far away or unheard of do no harm")
    func hostile() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            try await tmux.startChat(maximumTokens: 5, model: model)
            try await tmux.ask("hello")
            try await tmux.waitForReplyToEnd()
            for report in [
                "<0;0;0M", "<0;99999;99999M", "<0;99999999999999999999;1M", "<32;1;1M", "<0;1;1m", "<;;M",
                "<64;-1;-1M", "<255;5;5M", "<0;5;5;5;5M", "<64;5", "<M", "<0;5;5x",
            ] {
                try await tmux.answer("\u{1B}[\(report)")
            }
            try await tmux.type("still here")
            try await tmux.wait(for: "the key") { $0.contains("still here") }
            #expect(try await tmux.screen().isChat)
            try await tmux.leaveChat()
        }
    }
}
