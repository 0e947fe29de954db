import TerminalKit
import Testing

@Suite("The terminal's settings")
struct TerminalSettingsTests {
    private func settings(_ variables: [String: String]) throws(TerminalError) -> TerminalSettings {
        try TerminalSettings { variables[$0] }
    }

    @Test("follow the environment")
    func environment() throws {
        let plain = try settings(["TERM": "xterm", "LANG": "C.UTF-8", "NO_COLOR": ""])
        #expect(plain.type == "xterm" && !plain.wantsNoColor && !plain.wantsASCII && plain.mayUseUTF8)
        let other = try settings(["TERM": "xterm", "NO_COLOR": "1", "FATHOM_ASCII": "1", "LANG": ""])
        #expect(other.wantsNoColor && other.wantsASCII && other.mayUseUTF8)
    }

    @Test(
        "know terminals that show every colour",
        arguments: [
            ("xterm-256color", "truecolor", true), ("xterm-256color", "24bit", true),
            ("xterm-256color", "", false),
            ("xterm-256color", "yes", false), ("screen-256color", "truecolor", false),
        ])
    func exactColors(type: String, value: String, expected: Bool) throws {
        #expect(try settings(["TERM": type, "COLORTERM": value]).hasExactColors == expected)
        let tmux = try settings(["TERM": type, "COLORTERM": value, "TMUX": "/tmp/tmux"])
        #expect(tmux.hasExactColors == (expected || type.hasPrefix("screen")))
    }

    @Test(
        "go by the first locale variable that is set",
        arguments: [
            ([:], true), (["LANG": "en_US.UTF-8"], true), (["LANG": "de_DE.utf8"], true),
            (["LANG": "C"], false),
            (["LC_ALL": "C", "LANG": "en_US.UTF-8"], false), (["LC_ALL": "", "LC_CTYPE": "C.UTF-8"], true),
            (["LC_CTYPE": "de_DE.ISO-8859-1", "LANG": "en_US.UTF-8"], false),
        ])
    func locale(variables: [String: String], mayUseUTF8: Bool) throws {
        let all = variables.merging(["TERM": "xterm"]) { first, _ in first }
        #expect(try settings(all).mayUseUTF8 == mayUseUTF8)
    }

    @Test("refuse terminals that cannot draw, in one clear line")
    func refusals() {
        #expect(throws: TerminalError.noTerminalType) { try settings([:]) }
        #expect(throws: TerminalError.noTerminalType) { try settings(["TERM": ""]) }
        #expect(throws: TerminalError.tooSimple("dumb")) { try settings(["TERM": "dumb"]) }
        #expect(throws: TerminalError.tooSimple("unknown")) { try settings(["TERM": "unknown"]) }
        let errors: [TerminalError] = [
            .notATerminal, .noTerminalType, .tooSimple("dumb"), .unknownType("x\u{1B}[31m\n"),
            .system("make a pipe", 24),
        ]
        for error in errors {
            #expect(error.description.hasSuffix("."))
            #expect(!error.description.contains { $0 == "\u{1B}" || $0.isNewline })
        }
    }
}
