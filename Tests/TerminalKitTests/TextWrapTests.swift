import TerminalKit
import TestSupport
import Testing

@Suite("Wrapping")
struct TextWrapTests {
    @Test(
        "breaks where a reader would",
        arguments: [
            ("", 10, [""]), ("short", 10, ["short"]), ("one two three", 7, ["one two", "three"]),
            ("one two three", 8, ["one two", "three"]), ("one two three", 6, ["one", "two", "three"]),
            ("incomprehensible", 6, ["incomp", "rehens", "ible"]),
            ("an incomprehensible", 6, ["an", "incomp", "rehens", "ible"]),
            ("a\nb", 9, ["a", "b"]), ("a\n\nb\n", 9, ["a", "", "b", ""]), ("a\r\nb\rc", 9, ["a", "b", "c"]),
            ("漢字漢字漢", 4, ["漢字", "漢字", "漢"]), ("漢字漢字漢", 5, ["漢字", "漢字", "漢"]),
            ("ab漢字", 5, ["ab漢", "字"]), ("漢ab", 3, ["漢", "ab"]), ("😀😀😀", 4, ["😀😀", "😀"]),
            ("a\tb", 9, ["a   b"]), ("ab\tc", 9, ["ab  c"]), ("\tx", 9, ["    x"]),
            ("abcd\te", 9, ["abcd    e"]),
            ("  indented", 20, ["  indented"]), ("  indented text", 10, ["  indented", "text"]),
            ("             x", 5, ["x"]), ("trailing  ", 20, ["trailing  "]), ("trail    ", 7, ["trail  "]),
            ("exact fit!", 10, ["exact fit!"]), ("exact fit! ", 10, ["exact fit!"]),
            ("a     b", 3, ["a", "b"]), ("漢字", 1, ["漢", "字"]), ("ab", 0, ["a", "b"]), ("ab", -5, ["a", "b"]),
            ("e\u{301}e\u{301}e\u{301}", 2, ["e\u{301}e\u{301}", "e\u{301}"]),
        ])
    func cases(text: String, columns: Int, lines: [String]) {
        #expect(TextWrap.lines(of: text, columns: columns) == lines)
    }

    private static let alphabet = [
        "a", "bc", "defghij", " ", " ", "  ", "\n", "\t", "漢", "字字", "👨‍👩‍👧", "❤️", "é", "e\u{301}", "-", ".",
        "\u{1B}[1m",
    ]

    private func randomText(_ generator: inout SeededGenerator, count: Int) -> String {
        (0..<count).map { _ in Self.alphabet.randomElement(using: &generator) ?? "" }.joined()
    }

    @Test("fits, and loses nothing but spaces at breaks", arguments: 0..<8)
    func fits(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        for columns in 2..<30 {
            let text = randomText(&generator, count: 80)
            let lines = TextWrap.lines(of: text, columns: columns)
            #expect(lines.allSatisfy { TextMeasure.width(of: $0) <= columns })
            #expect(lines.joined().filter { $0 != " " } == text.filter { !" \t\n".contains($0) })
            #expect(lines.count >= text.split(separator: "\n", omittingEmptySubsequences: false).count)
        }
    }

    @Test("changes nothing before the last line when text is appended", arguments: 0..<6)
    func streaming(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed) + 100)
        var text = ""
        var lines = [""]
        for _ in 0..<120 {
            text += randomText(&generator, count: 1)
            let next = TextWrap.lines(of: text, columns: 13)
            #expect(next.starts(with: lines.dropLast()))
            lines = next
        }
    }
}
