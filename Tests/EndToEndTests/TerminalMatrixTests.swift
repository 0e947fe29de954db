import Foundation
import Testing

/// A short chat in many kinds of terminal.
@Suite("Kinds of terminal", .enabled(if: Tmux.isInstalled, Tmux.missing))
struct TerminalMatrixTests {
    /// The extent of a terminal.
    struct Extent: Sendable, CustomTestStringConvertible {
        let columns: Int
        let rows: Int
        var testDescription: String { "\(columns)×\(rows)" }
    }

    static let extents = [
        Extent(columns: 80, rows: 24), Extent(columns: 120, rows: 40), Extent(columns: 200, rows: 60),
    ]

    @Test("A chat, its lists and another size, in every type and locale", arguments: extents)
    func chats(extent: Extent) async throws {
        for type in ["xterm-256color", "screen", "linux", "vt100"] {
            for locale in ["C", "C.UTF-8"] {
                try await chat(extent, type, locale)
            }
        }
    }

    private func chat(_ extent: Extent, _ type: String, _ locale: String) async throws {
        let kind = "\(type) in \(locale)"
        let home = try Home()
        let model = try home.model()
        let environment = ["TERM": type, "LC_ALL": locale]
        try await Tmux.open(home, columns: extent.columns, rows: extent.rows, environment: environment) {
            tmux in
            try await tmux.saveModes("before")
            try await tmux.startChat(maximumTokens: 20, model: model)
            try await tmux.enter("hello")
            try await tmux.wait(for: "the reply: \(kind)") { $0.real != nil }
            let chat = try await tmux.waitForReplyToEnd()
            if locale == "C" { #expect(chat.text.utf8.allSatisfy { $0 < 0x80 }, "\(kind)\n\(chat.text)") }
            check(chat, columns: extent.columns, kind)

            try await tmux.press("F1")
            let help = try await tmux.wait(for: "the help: \(kind)") { $0.contains("Esc closes") }
            check(help, columns: extent.columns, kind)
            try await tmux.press("Escape")
            try await tmux.wait(for: "the chat: \(kind)") { !$0.contains("Esc closes") && $0.isChat }
            try await tmux.press("C-o")
            let list = try await tmux.wait(for: "the list: \(kind)") {
                $0.contains("conversations") && $0.contains("hello")
            }
            check(list, columns: extent.columns, kind)
            try await tmux.press("Escape")
            try await tmux.wait(for: "the chat: \(kind)") { !$0.contains("conversations") }

            let columns = extent.columns - 9
            try await tmux.resize(columns: columns, rows: extent.rows - 3)
            let resized = try await tmux.wait(for: "the new size: \(kind)") { screen in
                screen.isChat && screen.bottom(columns) != nil
            }
            check(resized, columns: columns, kind)
            try await tmux.type("still here")
            try await tmux.wait(for: "the composer: \(kind)") { $0.contains("> still here") }

            try await tmux.press("C-c", "C-c")
            // Some of these have no other screen to leave: the chat stays visible above the shell.
            try await tmux.wait(for: "the shell: \(kind)") { $0.lines.contains { $0.hasPrefix(Tmux.prompt) } }
            #expect(try await tmux.modes() == Tmux.shellModes, "\(kind)")
            try await tmux.checkModes(asIn: "before")
        }
    }

    /// The frame is whole: its last row reaches from edge to edge, and no row is wider.
    private func check(_ screen: Screen, columns: Int, _ kind: String) {
        #expect(screen.bottom(columns) != nil, "\(kind)\n\(screen.text)")
        #expect(screen.lines.allSatisfy { $0.count <= columns }, "\(kind)\n\(screen.text)")
    }
}

extension Screen {
    /// The row in which the panes end, as wide as the screen.
    fileprivate func bottom(_ columns: Int) -> String? {
        lines.first { line in
            line.count == columns
                && ((line.hasPrefix("└") && line.hasSuffix("┘"))
                    || (line.hasPrefix("+") && line.hasSuffix("+")))
        }
    }
}
