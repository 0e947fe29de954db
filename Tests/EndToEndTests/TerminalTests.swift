import Foundation
import Testing

/// What the chat does to the terminal it is lent.
@Suite("The terminal", .serialized, .enabled(if: Tmux.isInstalled, Tmux.missing))
struct TerminalTests {
    /// Ways to end a chat.
    enum Ending: Sendable, CaseIterable {
        case quit, interrupts, terminate, hangUp, terminateTwice

        /// What a shell says of it: 0, or 128 and the signal's number.
        var status: Int32 {
            switch self {
            case .quit, .interrupts: 0
            case .terminate, .terminateTwice: 128 + SIGTERM
            case .hangUp: 128 + SIGHUP
            }
        }
    }

    @Test("The terminal is given back as it was", arguments: Ending.allCases)
    func restored(ending: Ending) async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            try await tmux.enter("stty -a >before")
            let process = try await tmux.startChat(model: model)
            #expect(try await tmux.variable("alternate_on") == "1")
            try await tmux.ask("hello")
            switch ending {
            case .quit: try await tmux.enter("/quit")
            case .interrupts: try await tmux.press("C-c", "C-c")
            case .terminate: kill(process, SIGTERM)
            case .hangUp: kill(process, SIGHUP)
            case .terminateTwice:
                kill(process, SIGTERM)
                kill(process, SIGTERM)
            }
            try await tmux.waitForShell()
            try await tmux.enter("echo status $?.")
            try await tmux.wait(for: "the status") { $0.contains("status \(ending.status).") }
            #expect(try await tmux.variable("alternate_on") == "0")
            #expect(try await tmux.variable("cursor_flag") == "1")
            #expect(try await tmux.variable("keypad_cursor_flag") == "0")
            try await tmux.enter("stty -a >after; echo done $((1 + 1))")
            // The command itself is visible: echo is on.
            try await tmux.wait(for: "the echo") { $0.contains("stty -a >after") && $0.contains("done 2") }
            let modes = try ["before", "after"].map {
                try String(contentsOfFile: home.path($0), encoding: .utf8)
            }
            #expect(modes[0] == modes[1] && modes[0].contains(" echo "))
            try await tmux.paste("echo pasted")
            let pasted = try await tmux.wait(for: "the paste") { $0.contains("echo pasted") }
            #expect(!pasted.contains("200~"), "bracketed paste is off again")
        }
    }

    @Test("Ctrl-Z gives the terminal to the shell, fg takes it back")
    func suspension() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            try await tmux.startChat(maximumTokens: 50, model: model)
            try await tmux.ask("hello")
            let before = try await tmux.waitForReplyToEnd()
            try await tmux.press("C-z")
            try await tmux.wait(for: "the shell") { !$0.isChat && $0.contains("Stopped") }
            #expect(try await tmux.variable("alternate_on") == "0")
            try await tmux.enter("echo $((6 * 7))")
            try await tmux.wait(for: "the shell's answer") { $0.contains("42") }
            try await tmux.resize(columns: 110, rows: 36)
            try await tmux.enter("fg")
            let after = try await tmux.wait(for: "the chat") {
                $0.isChat && $0.lines.contains { $0.count == 110 }
            }
            #expect(try await tmux.variable("alternate_on") == "1")
            #expect(after.contains("hello") && after.real == before.real)
            try await tmux.type("still here")
            try await tmux.wait(for: "the composer") { $0.contains("> still here") }
            try await tmux.leaveChat()
        }
    }

    @Test("Lines pasted without marks wait for Enter, and what the terminal answers is not typed")
    func input() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            try await tmux.startChat("--capacity 0.5", maximumTokens: 20, model: model)
            try await tmux.answer("\u{1B}]11;rgb:1e1e/1e1e/1e1e\u{1B}\\")
            try await tmux.answer("\u{1B}[M !!")
            try await tmux.answer("\u{1B}[97;1:3u")
            try await tmux.paste("one\rtwo\rthree\r", isMarked: false)
            let pasted = try await tmux.wait(for: "the paste") { $0.contains("three") }
            #expect(pasted.contains("> one") && !pasted.isReplying && pasted.asked == 0.5)
            #expect(!pasted.contains("rgb") && !pasted.contains("!!") && !pasted.contains("a one"))
            try await tmux.press("Enter")
            let sent = try await tmux.wait(for: "the reply") { $0.hasQuestion("one") && !$0.isReplying }
            #expect(sent.contains("one") && sent.contains("three") && !sent.contains("> one"))
            try await tmux.leaveChat()
        }
    }

    /// A kind of terminal, and what must not be in what it is sent.
    struct Kind: Sendable, CustomTestStringConvertible {
        let name: String
        let environment: [String: String]
        var isASCII = false
        let forbidden: String
        var testDescription: String { name }
    }

    static let kinds = [
        Kind(
            name: "NO_COLOR", environment: ["NO_COLOR": "1"],
            forbidden: #"\[[0-9;]*\b(3[0-8]|4[0-8]|9[0-7])\b"#),
        Kind(name: "eight colours", environment: ["TERM": "linux"], forbidden: #"\[[0-9;]*[34]8;"#),
        Kind(
            name: "monochrome", environment: ["TERM": "vt100"],
            forbidden: #"\[[0-9;]*\b(3[0-8]|4[0-8]|9[0-7])\b"#),
        Kind(name: "ASCII", environment: ["FATHOM_ASCII": "1"], isASCII: true, forbidden: #"\x{1B}\]"#),
        Kind(
            name: "a locale that is not UTF-8", environment: ["LANG": "C", "LC_ALL": "C"], isASCII: true,
            forbidden: #"\x{1B}\]"#),
    ]

    @Test("Poorer terminals show the same", arguments: kinds)
    func poorer(kind: Kind) async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home, environment: kind.environment) { tmux in
            let record = try await tmux.record()
            try await tmux.startChat("--capacity 0.5", maximumTokens: 100, model: model)
            try await tmux.ask("hello")
            let screen = try await tmux.wait(for: "the reply") {
                !$0.isReplying && $0.heatmap.count == Talker.blocks
            }
            #expect(screen.asked == 0.5 && screen.real.map { $0 < 0.8 } == true)
            let bypassed = kind.isASCII ? "." : "·"
            let rows = screen.heatmap.filter { $0.value.contains(bypassed) }
            #expect(rows.keys.allSatisfy(Talker.routed.contains) && rows.count > Talker.routed.count / 2)
            if kind.isASCII { #expect(screen.text.utf8.allSatisfy { $0 < 0x80 }, "\(screen.text)") }
            // Some of these have no other screen to leave: the chat stays visible above the shell.
            try await tmux.press("C-c", "C-c")
            try await tmux.wait(for: "the shell") { $0.lines.contains { $0.hasPrefix(Tmux.prompt) } }
            let sent = String(decoding: try Data(contentsOf: record), as: UTF8.self)
            let regex = try Regex(kind.forbidden)
            let fathoms = sent.drop { $0 != "\u{1B}" }
            #expect(fathoms.firstMatch(of: regex).map { String($0.0) } == nil)
        }
    }

    @Test("A terminal that cannot move its cursor is refused")
    func dumb() async throws {
        let home = try Home()
        let model = try home.model()
        let program = try Program.built()
        try await Tmux.open(home) { tmux in
            for (index, (term, word)) in [
                ("dumb", "dumb"), ("no-such-terminal", "terminfo"), ("", "TERM is not set"),
            ].enumerated() {
                try await tmux.enter(
                    "clear; TERM='\(term)' '\(program)' --model '\(model)'; echo run \(index) code $?")
                let screen = try await tmux.wait(for: "the exit code") { $0.contains("run \(index) code 69") }
                #expect(screen.contains("fathom: ") && screen.text.replacing("\n", with: "").contains(word))
            }
        }
    }
}
