import Foundation
import Testing

/// Messages that are written in the user's own editor.
@Suite("An external editor", .serialized, .enabled(if: Tmux.isInstalled, Tmux.missing))
struct EditorTests {
    /// An editor that says what it was given, asks for a line and leaves that in the file.
    private static let script = #"""
        #!/bin/sh
        trap 'echo resized' WINCH
        echo "given: $(cat "$1")"
        until read -r line; do :; done
        printf '%s\n' "$line" >"$1"
        """#

    /// Opens a terminal whose user has that editor, with a chat in which something is half written.
    private func open(_ body: (Tmux) async throws -> Void) async throws {
        let home = try Home()
        let model = try home.talker()
        let editor = try home.write("editor", Self.script)
        try await Tmux.open(home, environment: ["EDITOR": "sh \(editor)"]) { tmux in
            try await tmux.saveModes("before")
            try await tmux.startChat(maximumTokens: 20, model: model)
            try await tmux.type("half written")
            try await tmux.press("C-g")
            try await tmux.wait(for: "the editor") { $0.contains("given: half written") && !$0.isChat }
            try await body(tmux)
            try await tmux.leaveChat()
            #expect(try await tmux.modes() == Tmux.shellModes)
            try await tmux.checkModes(asIn: "before")
        }
    }

    /// The terminal is the chat's as it was before the editor: its modes, marks around pastes, its size.
    private func check(_ tmux: Tmux, columns: Int) async throws {
        #expect(try await tmux.modes() == Tmux.chatModes)
        try await tmux.wait(for: "a whole picture") {
            $0.lines.contains { $0.count == columns && $0.hasPrefix("└") && $0.hasSuffix("┘") }
        }
        try await tmux.paste("\nsecond line")
        try await tmux.wait(for: "the paste") { $0.contains("second line") && !$0.isReplying }
        try await tmux.press("Enter")
        try await tmux.wait(for: "the reply") { $0.hasQuestion("from the editor") && $0.real != nil }
        try await tmux.waitForReplyToEnd()
    }

    @Test("An editor has the terminal as the shell left it, and what it wrote can be sent")
    func writes() async throws {
        try await open { tmux in
            #expect(try await tmux.modes() == Tmux.shellModes)
            try await tmux.enter("from the editor")
            try await tmux.wait(for: "the chat") { $0.isChat && $0.contains("> from the editor") }
            try await check(tmux, columns: 120)
        }
    }

    @Test("A terminal that is resized while the editor runs is drawn in its new size")
    func resized() async throws {
        try await open { tmux in
            try await tmux.resize(columns: 90, rows: 28)
            try await tmux.enter("from the editor")
            try await tmux.wait(for: "the chat") { $0.isChat && $0.contains("> from the editor") }
            try await check(tmux, columns: 90)
        }
    }

    @Test("Ctrl-Z in an editor stops the job, and fg goes on with the editor")
    func suspended() async throws {
        try await open { tmux in
            try await tmux.press("C-z")
            try await tmux.wait(for: "the shell") { $0.contains("Stopped") }
            try await tmux.enter("echo $((6 * 7))")
            try await tmux.wait(for: "the shell's answer") { $0.contains("42") && !$0.isChat }
            try await tmux.enter("clear; fg")
            // The shell names the job before it is continued.
            try await tmux.wait(for: "the editor") { $0.contains("fathom") && !$0.isChat }
            try await tmux.enter("from the editor")
            try await tmux.wait(for: "the chat") { $0.isChat && $0.contains("> from the editor") }
            try await check(tmux, columns: 120)
        }
    }

    @Test("Ctrl-C in an editor ends at most the editor")
    func interrupted() async throws {
        try await open { tmux in
            try await tmux.press("C-c")
            let screen = try await tmux.wait(for: "the chat") {
                $0.contains("> half written") && $0.contains("the text is as it was")
            }
            #expect(screen.contains("ended with status 130"))
            #expect(try await tmux.modes() == Tmux.chatModes)
        }
    }

    @Test(
        "An editor that fails, or that there is none of, leaves the text as it was",
        arguments: ["false", "/no/editor"])
    func fails(editor: String) async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home, environment: ["VISUAL": editor, "EDITOR": "true"]) { tmux in
            try await tmux.startChat(maximumTokens: 20, model: model)
            try await tmux.type("half written")
            try await tmux.press("C-g")
            let screen = try await tmux.wait(for: "a word about it") {
                $0.contains("the text is as it was") && $0.contains("> half written")
            }
            #expect(screen.contains("\(editor) ended with status \(editor == "false" ? 1 : 127)"))
            #expect(try await tmux.modes() == Tmux.chatModes)
            try await tmux.press("Enter")
            try await tmux.wait(for: "the question") { $0.hasQuestion("half written") && $0.real != nil }
            try await tmux.leaveChat()
        }
    }

    @Test("A reply goes on while an editor has the terminal, and draws nothing there")
    func duringReply() async throws {
        let home = try Home()
        let model = try home.talker()
        let editor = try home.write("editor", Self.script)
        try await Tmux.open(home, environment: ["EDITOR": "sh \(editor)"]) { tmux in
            try await tmux.startChat(model: model)
            let tokens = try #require(try await tmux.ask("hello").contextTokens)
            try await tmux.press("C-g")
            try await tmux.wait(for: "the editor") { $0.contains("given:") && !$0.isChat }
            // Time enough for frames, of which a reply makes ten a second.
            try await Task.sleep(for: .milliseconds(500))
            #expect(try await tmux.screen().lines.allSatisfy { !$0.contains("│") })
            try await tmux.enter("and next")
            try await tmux.wait(for: "the chat") {
                $0.isChat && $0.isReplying && $0.contains("> and next")
                    && ($0.contextTokens ?? 0) > tokens + 20
            }
            try await tmux.leaveChat()
        }
    }
}
