import Foundation
import Testing

extension Tmux {
    /// Which of the terminal's modes are on that a program must not leave behind.
    func modes() async throws -> String {
        let flags = try await variable(
            "?alternate_on,other-screen ,}#{?mouse_any_flag,mouse ,}#{?mouse_sgr_flag,sgr ,}"
                + "#{?keypad_cursor_flag,keypad ,}#{?cursor_flag,,no-cursor ")
        return flags.trimmingCharacters(in: .whitespaces)
    }

    /// The modes in the shell.
    static let shellModes = ""
    /// The modes in the chat, which shows its cursor where one writes.
    static let chatModes = "other-screen mouse sgr keypad"

    /// Has the shell write down the terminal's line settings, before a program may change them.
    func saveModes(_ name: String) async throws { try await enter("stty -a >\(name)") }

    /// Checks, in the shell, that the terminal's line settings are those saved before; its size does not count.
    func checkModes(asIn before: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await enter("clear; stty -a >after; echo done $((1 + 1))")
        try await wait(for: "the echo", sourceLocation: sourceLocation) { $0.contains("done 2") }
        let modes = try [before, "after"].map {
            try String(contentsOfFile: home.path($0), encoding: .utf8)
                .replacing(/rows \d+; columns \d+;/, with: "")
        }
        #expect(modes[0] == modes[1], sourceLocation: sourceLocation)
    }
}
