import ChatInterface
import TerminalKit
import TestSupport
import Testing

/// Replies shown as Markdown.
@Suite struct MarkdownTests {
    static let sample = """
        # Depth and *width*

        Two words **in bold**, `let x = 1` and a [link](https://example.org).

        1. First of all, an item that is longer than a line of a narrow screen
           - within, with ~~old~~ new
        2. Second

        > To be quoted, and to go on for longer than one line has room for.

        ```swift
        // A comment.
        let name = "fathom", depth = 30
        ```

        | capacity | tok/s | what it is good for |
        |---------:|:-----:|---|
        | 1 | 226 | answers that have to be right, however long they take |
        | 0.25 | 510 | drafts |

        ---
        The end.
        """

    private func answered(
        _ pieces: [String], columns: Int = 120, rows: Int = 48, glyphs: GlyphSet = .unicode,
        colors: ColorDepth = .twoFiftySix, finishing: Bool = true
    ) -> Driver {
        var driver = Driver(columns: columns, rows: rows, glyphs: glyphs, colors: colors)
        driver.say("Show me.")
        driver.stream(pieces)
        if finishing { driver.finish() }
        return driver
    }

    @Test(arguments: [(120, 48), (80, 60), (40, 60)])
    func golden(columns: Int, rows: Int) throws {
        let driver = answered([Self.sample], columns: columns, rows: rows)
        try expectGolden(driver.screen, "markdown-\(columns)x\(rows)")
    }

    @Test func goldenInASCII() throws {
        let driver = answered([Self.sample], glyphs: .ascii, colors: .monochrome)
        #expect(driver.screen.allSatisfy { $0.isASCII })
        try expectGolden(driver.screen, "markdown-ascii")
    }

    @Test(arguments: [ColorDepth.monochrome, .eight, .twoFiftySix])
    func styles(colors: ColorDepth) throws {
        let driver = answered([Self.sample], columns: 76, rows: 48, colors: colors)
        try expectGolden(driver.screen + "\n" + driver.frame.styleDescription, "styles-markdown-\(colors)")
    }

    /// The same cells whether a reply came in one piece or token by token.
    @Test(arguments: 0..<20)
    func pieces(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var pieces: [String] = []
        var rest = Self.sample[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...6, using: &random)
            pieces.append(String(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        var whole = answered([Self.sample])
        var piecewise = Driver(columns: 120, rows: 48)
        piecewise.say("Show me.")
        for piece in pieces {
            piecewise.stream([piece])
            // Draws, and compares with a picture made from nothing.
            _ = piecewise.frame
        }
        piecewise.finish()
        // The heatmap has as many tokens as there were pieces.
        let chat = { (driver: Driver) in
            let frame = driver.frame
            return (1..<47).map { row in (0..<66).map { frame[$0, row] } }
        }
        whole.play("<PgUp>")
        piecewise.play("<PgUp>")
        #expect(chat(whole) == chat(piecewise))
    }

    /// What is above the last block stays as it was drawn, whatever comes.
    @Test func nothingFlickers() {
        var driver = Driver(columns: 120, rows: 60)
        driver.say("Show me.")
        var before: [String] = []
        var changes = 0
        for character in Self.sample {
            driver.stream([String(character)])
            let lines = driver.screen.split(separator: "\n").map { String($0.prefix(66)) }
            let text = Array(lines.dropFirst(4).prefix { !$0.contains("▌") })
            if !text.starts(with: before.prefix(max(0, before.count - 2))) { changes += 1 }
            before = text
        }
        // The columns of the table become wider with what is in them; nothing else moves.
        #expect(changes <= 2, "\(changes)")
    }

    @Test func source() {
        var driver = answered(["Some **bold** words"])
        #expect(driver.screen.contains("Some bold words"))
        driver.say("/raw")
        #expect(driver.screen.contains("Some **bold** words"))
        driver.say("/raw")
        #expect(driver.screen.contains("Some bold words"))
    }

    @Test func whatOneTypesIsAsItWasTyped() {
        var driver = Driver(columns: 120, rows: 36)
        driver.say("a **b** c")
        #expect(driver.screen.contains("a **b** c"))
    }

    /// Every cell that is drawn takes as many columns as it should, whatever the model writes.
    @Test func wideAndStrangeText() {
        let driver = answered([
            "| 日本語 | 👨‍👩‍👧‍👦 |\n|---|---|\n| e\u{301}e\u{301} | &#27;[31m\u{202E}abc |\n\n",
            "**日本**`語`\u{200D}*x*\n\n```\u{7}\n\tデ\n```\n",
        ])
        #expect(driver.screen.contains("日本語 │ 👨‍👩‍👧‍👦"))
        #expect(
            !driver.screen.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" || $0 == "\u{7}" })
    }
}
