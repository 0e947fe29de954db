import Foundation
import TerminalKit
import Testing

@Suite("Exact colours")
struct ExactColorsTests {
    private func rewritten(_ text: String, _ colors: ExactColors) -> String {
        String(decoding: colors.rewritten(Array(text.utf8)[...]), as: UTF8.self)
    }

    @Test("stand in place of the numbers that ncurses sends")
    func rewriting() {
        var colors = ExactColors()
        let orange = colors.number(of: .indexed(208))
        let violet = colors.number(of: .shade(0))
        #expect(orange == 16 && violet == 17 && colors.number(of: .indexed(208)) == 16)
        let sent = "a\u{1B}[38;5;16m\u{1B}[48;5;17mb\u{1B}[1mc\u{1B}[39;49m"
        #expect(
            rewritten(sent, colors)
                == "a\u{1B}[38;2;255;135;0m\u{1B}[48;2;68;1;84mb\u{1B}[1mc\u{1B}[39;49m")
    }

    @Test(
        "leave all else alone",
        arguments: [
            "", "text", "\u{1B}", "\u{1B}[38;5;", "\u{1B}[38;5;16", "\u{1B}[38;5;99m", "\u{1B}[38;5;1m",
            "\u{1B}[31m",
            "38;5;16m", "\u{1B}[58;5;16m", "\u{1B}[38;5;0016m",
        ])
    func others(sent: String) {
        var colors = ExactColors()
        _ = colors.number(of: .indexed(208))
        #expect(rewritten(sent, colors) == sent)
    }

    @Test("leave the system colours to the user, and never run out")
    func numbers() {
        var colors = ExactColors()
        #expect(colors.number(of: .standard) == -1 && colors.number(of: .indexed(11)) == 11)
        let all = (0...Color.lastShade).map { Color.shade($0) } + (16...255).map { Color.indexed($0) }
        let numbers = all.map { colors.number(of: $0) }
        #expect(numbers.allSatisfy { (0..<256).contains($0) })
        #expect(Set(numbers.prefix(240)) == Set(16..<256))
    }
}
