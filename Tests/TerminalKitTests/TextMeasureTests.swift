import Foundation
import TerminalKit
import Testing

@Suite("Text measuring")
struct TextMeasureTests {
    @Test(
        "counts columns by grapheme cluster",
        arguments: [
            ("", 0), ("a", 1), (" ", 1), ("é", 1), ("e\u{301}", 1), ("漢", 2), ("ｱ", 1), ("Ａ", 2), ("각", 2),
            ("\u{1112}\u{1161}\u{11AB}", 2), ("😀", 2), ("👍🏽", 2), ("👨‍👩‍👧", 2), ("👩‍💻", 2), ("🏳️‍🌈", 2), ("❤", 1),
            ("❤️", 2),
            ("❤️‍🔥", 2), ("1️⃣", 2), ("🇫🇷", 2), ("🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}", 2),
            ("⌚︎", 2),
            ("กี่", 1), ("α", 1), ("─", 1), ("█", 1), ("…", 1), ("a\u{FE0F}", 1), ("\u{301}", 0),
            ("\u{200B}", 0), ("\u{AD}", 0), ("\u{1B}", 1), ("\u{7F}", 1), ("\n", 1), ("\r\n", 1),
            ("\u{202E}", 1),
            ("Hello, 世界! 👋🏽", 15), ("🇫🇷🇩🇪", 4),
        ])
    func widths(text: String, columns: Int) {
        #expect(TextMeasure.width(of: text) == columns)
        // What is measured is what is drawn.
        var frame = Frame(size: Size(columns: 40, rows: 1))
        #expect(frame.write(text, at: Point(column: 0, row: 0), style: .plain) == columns)
    }

    @Test("cuts to fit, and says so with an ellipsis")
    func truncation() {
        #expect(TextMeasure.truncated("abcdef", to: 6) == "abcdef")
        #expect(TextMeasure.truncated("abcdef", to: 5) == "abcd…")
        #expect(TextMeasure.truncated("漢字漢", to: 5) == "漢字…")
        #expect(TextMeasure.truncated("漢字漢", to: 4) == "漢…")
        #expect(TextMeasure.truncated("abcdef", to: 1) == "…")
        #expect(TextMeasure.truncated("abcdef", to: 0) == "")
        #expect(TextMeasure.truncated("abcdef", to: -3) == "")
        #expect(TextMeasure.truncated("abcdef", to: 2, ellipsis: "...") == "..")
        #expect(TextMeasure.truncated("abc", to: 2, ellipsis: "") == "ab")
        #expect(TextMeasure.truncated("e\u{301}e\u{301}e\u{301}", to: 2) == "e\u{301}…")
    }

    @Test(
        "gives every scalar the width that Python's wcwidth gives it",
        .enabled(if: Wcwidth.isInstalled, "needs python3 with the wcwidth package"))
    func scalars() throws {
        let expected = try Wcwidth.widths(below: 0x40000)
        #expect(expected.count == 0x40000)
        var wrong: [String] = []
        for (value, columns) in expected.enumerated() {
            guard let scalar = Unicode.Scalar(UInt32(value)), Self.isComparable(scalar) else { continue }
            let width = TextMeasure.width(of: scalar)
            if width != columns { wrong.append("U+\(String(value, radix: 16)): \(width), not \(columns)") }
        }
        #expect(wrong.isEmpty, "\(wrong.count) differ: \(wrong.prefix(20))")
    }

    /// Leaves out where fathom differs on purpose: controls are replaced, fillers vanish, spacing marks move a
    /// terminal's cursor, lone regional indicators are neutral; and where the two know different versions of Unicode.
    private static func isComparable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .spacingMark, .unassigned, .lineSeparator, .paragraphSeparator: false
        default:
            !(0x1F1E6...0x1F1FF).contains(scalar.value) && ![0xAD, 0x3164, 0xFFA0].contains(scalar.value)
        }
    }
}
