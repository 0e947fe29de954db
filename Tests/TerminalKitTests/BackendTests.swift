import Testing

@testable import TerminalKit

@Suite("The palette")
struct PaletteTests {
    @Test(
        "takes the nearest of eight colours",
        arguments: [
            (0, 0), (7, 7), (8, 0), (15, 7), (9, 1), (196, 1), (46, 2), (226, 3), (21, 4), (201, 5), (51, 6),
            (231, 7),
            (16, 0), (232, 0), (255, 7), (236, 0), (250, 7), (52, 0), (88, 1),
        ] as [(UInt8, UInt8)])
    func nearest(index: UInt8, expected: UInt8) {
        #expect(Palette.nearestOfEight(index) == expected)
    }

    @Test("never makes text vanish in its background")
    func contrast() {
        let palette = Palette(depth: .eight)
        let all = UInt8.min ... .max
        let vanished = all.flatMap { front in
            all.filter { back in
                let reduced = palette.numbers(foreground: .indexed(front), background: .indexed(back))
                return front != back && reduced.foreground == reduced.background
            }
        }
        #expect(vanished.isEmpty)
        // Equal on purpose stays equal: a filled cell.
        #expect(palette.numbers(foreground: .indexed(9), background: .indexed(9)) == (1, 1))
    }

    @Test("leaves 256 colours alone, and monochrome without any")
    func depths() {
        let full = Palette(depth: .twoFiftySix)
        #expect(full.numbers(foreground: .indexed(200), background: .standard) == (200, -1))
        let none = Palette(depth: .monochrome)
        #expect(none.numbers(foreground: .indexed(200), background: .indexed(3)) == (-1, -1))
    }
}

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

@Suite("The terminal's settings")
struct TerminalSettingsTests {
    private func settings(_ variables: [String: String]) throws(TerminalError) -> TerminalSettings {
        try TerminalSettings { variables[$0] }
    }

    @Test("follow the environment")
    func environment() throws {
        let plain = try settings(["TERM": "xterm", "LANG": "C.UTF-8", "NO_COLOR": ""])
        #expect(plain.type == "xterm" && !plain.wantsNoColor && !plain.wantsASCII && !plain.hasNoLocale)
        let other = try settings(["TERM": "xterm", "NO_COLOR": "1", "FATHOM_ASCII": "1", "LANG": ""])
        #expect(other.wantsNoColor && other.wantsASCII && other.hasNoLocale)
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
            #expect(error.description.contains("fathom run"))
            #expect(!error.description.contains { $0 == "\u{1B}" || $0.isNewline })
        }
    }

    @Test("leave out terminfo's padding")
    func padding() {
        #expect(TerminalRestorer.withoutPadding("\u{1B}[m$<5/>x$<2*>") == "\u{1B}[mx")
        #expect(TerminalRestorer.withoutPadding("a$<b") == "a$<b")
    }
}
