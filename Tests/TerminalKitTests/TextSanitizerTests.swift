import TerminalKit
import TestSupport
import Testing

@Suite("The sanitizer")
struct TextSanitizerTests {
    @Test(
        "leaves nothing that a terminal would obey",
        arguments: [
            ("plain text", "plain text"), ("tab\tand\nline", "tab\tand\nline"),
            ("a\r\nb\rc\n\rd", "a\nb\nc\n\nd"), ("\u{1B}[31mred\u{1B}[0m", "�[31mred�[0m"),
            ("\u{1B}]0;title\u{7}", "�]0;title�"), ("\u{9B}31m", "�31m"), ("\0\u{7F}\u{85}", "���"),
            ("a\u{202E}b\u{2066}c\u{2069}", "a�b�c�"), ("a\u{2028}b\u{2029}", "a�b�"),
            ("so\u{AD}ft\u{200B}\u{2060}\u{FEFF}\u{200E}\u{61C}", "soft"),
            ("a\u{E0041}\u{E0042}", "a��"),
            ("🏴\u{E0067}\u{E0062}\u{E007F}\u{E0067}", "🏴\u{E0067}\u{E0062}\u{E007F}�"),
            ("👨‍👩‍👧 ❤️ क्षि می‌خواهم", "👨‍👩‍👧 ❤️ क्षि می‌خواهم"),
        ])
    func cases(text: String, clean: String) {
        // Compared as scalars: equality of strings is too kind.
        #expect(Array(TextSanitizer.sanitized(text).unicodeScalars) == Array(clean.unicodeScalars))
    }

    @Test("makes one line of several, where asked")
    func oneLine() {
        #expect(TextSanitizer.sanitized("a\r\nb\tc\rd\ne", keepingNewlines: false) == "a b c d e")
    }

    @Test("yields text that needs no more of it, for every scalar and any text", arguments: 0..<4)
    func properties(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<200 {
            // Plain text, control characters, tags and all of Unicode in turn.
            let bounds: [UInt32] = [0xA0, 0x2FFF, 0xE00FF, 0x10FFFF]
            let scalars = (0..<30).compactMap { index in
                Unicode.Scalar(UInt32.random(in: 0...bounds[index % 4], using: &generator))
            }
            let text = String(String.UnicodeScalarView(scalars))
            for keeping in [true, false] {
                let clean = TextSanitizer.sanitized(text, keepingNewlines: keeping)
                #expect(TextSanitizer.sanitized(clean, keepingNewlines: keeping) == clean)
                let controls = clean.unicodeScalars.filter { $0.properties.generalCategory == .control }
                #expect(controls.allSatisfy { keeping && ($0 == "\n" || $0 == "\t") })
            }
            var frame = Frame(size: Size(columns: 100, rows: 1))
            frame.write(text, at: Point(column: 0, row: 0), style: .plain)
            let shown = frame.description.unicodeScalars
            #expect(!shown.contains { $0.properties.generalCategory == .control })
        }
    }

    @Test("makes of pieces what it makes of the whole, wherever they are cut", arguments: 0..<40)
    func streams(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let parts = [
            "word", " ", "\r", "\n", "\r\n", "\t", "\u{1B}[31m", "🏴\u{E0067}\u{E0062}\u{E0065}\u{E007F}", "🇩🇪",
            "👩‍👩‍👧", "\u{E0041}", "\u{200B}", "e\u{301}", "日本",
        ]
        let text = (0..<30).map { _ in parts[Int.random(in: parts.indices, using: &random)] }.joined()
        for keeping in [true, false] {
            var stream = TextSanitizer.Stream(keepingNewlines: keeping)
            let pieces = text.unicodeScalars.map { stream.sanitized(String($0)) }.joined()
            #expect(pieces.utf8.elementsEqual(TextSanitizer.sanitized(text, keepingNewlines: keeping).utf8))
        }
    }
}
