import TerminalKit
import Testing

@Suite("Text for ncurses")
struct CursesTextTests {
    /// A C library of a certain age: it knows no emoji younger than itself, and no sequences.
    private let text = CursesText(glyphs: .unicode) { scalar in
        switch scalar {
        case "\u{FE0F}", "\u{200D}", "\u{301}", "\u{20E3}": 0
        case "🫩": -1
        case "漢", "👨", "👩", "👍", "🏽", "⌚": 2
        default: 1
        }
    }

    private func shown(_ cell: String, _ columns: Int) -> [String] {
        text.pieces(cell, columns: columns).map { String(String.UnicodeScalarView($0)) }
    }

    @Test(
        "goes out whole where all agree on its width, else more simply",
        arguments: [
            ("a", 1, ["a"]), ("e\u{301}", 1, ["e\u{301}"]), ("漢", 2, ["漢"]),
            ("🇫🇷", 2, ["\u{1F1EB}", "\u{1F1F7}"]),
            ("⌚️", 2, ["⌚\u{FE0F}"]), ("❤️", 2, ["❤", " "]), ("1️⃣", 2, ["1\u{20E3}", " "]), ("👨‍👩", 2, ["👨"]),
            ("👍🏽", 2, ["👍"]), ("🫩", 2, ["\u{FFFD}", " "]), ("❤️‍👩", 2, ["❤", " "]),
            ("e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}", 1, ["e\u{301}\u{301}\u{301}\u{301}"]),
        ])
    func pieces(cell: String, columns: Int, expected: [String]) {
        #expect(shown(cell, columns) == expected)
    }

    @Test("is a question mark where only ASCII can be shown")
    func ascii() {
        let plain = CursesText(glyphs: .ascii) { _ in 1 }
        #expect(plain.pieces("a", columns: 1) == [["a"]])
        #expect(plain.pieces("é", columns: 1) == [["?"]])
        #expect(plain.pieces("漢", columns: 2) == [["?"], [" "]])
    }
}
