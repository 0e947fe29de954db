import ChatInterface
import InferenceEngine
import MoDModel
import TerminalKit
import Testing

/// Whole screens, as text.
@Suite struct GoldenFrameTests {
    @Test(arguments: [(120, 36), (80, 24), (60, 20), (40, 12), (200, 60)])
    func midReply(columns: Int, rows: Int) throws {
        let driver = Driver.midReply(columns: columns, rows: rows)
        try expectGolden(driver.screen, "mid-reply-\(columns)x\(rows)")
    }

    @Test(arguments: [(120, 36), (80, 24), (60, 20), (40, 12)])
    func firstRun(columns: Int, rows: Int) throws {
        try expectGolden(Driver(columns: columns, rows: rows).screen, "first-run-\(columns)x\(rows)")
    }

    @Test func firstRunOfADenseModel() throws {
        try expectGolden(Driver(columns: 100, rows: 24, model: .dense).screen, "first-run-dense")
    }

    @Test(arguments: [(39, 12), (40, 11), (12, 3)])
    func tooSmall(columns: Int, rows: Int) throws {
        let driver = Driver.midReply(columns: columns, rows: rows)
        try expectGolden(driver.screen, "too-small-\(columns)x\(rows)")
    }

    @Test(arguments: [(120, 36), (120, 24), (80, 24), (40, 12)])
    func help(columns: Int, rows: Int) throws {
        var driver = Driver.midReply(columns: columns, rows: rows)
        driver.press(.function(1))
        try expectGolden(driver.screen, "help-\(columns)x\(rows)")
    }

    @Test(arguments: [(120, 36), (80, 24), (60, 20), (40, 12)])
    func inspector(columns: Int, rows: Int) throws {
        var driver = Driver.midReply(columns: columns, rows: rows)
        driver.press(.tab)
        for _ in 0..<5 { driver.press(.left) }
        for _ in 0..<9 { driver.press(.down) }
        try expectGolden(driver.screen, "inspector-\(columns)x\(rows)")
    }

    @Test func monochromeASCII() throws {
        var driver = Driver.midReply(columns: 100, rows: 45, glyphs: .ascii, colors: .monochrome)
        driver.press(.tab)
        driver.press(.left)
        let screen = driver.screen
        #expect(screen.allSatisfy { $0.isASCII })
        try expectGolden(screen, "monochrome-ascii")
    }

    @Test(arguments: [ColorDepth.monochrome, .eight, .sixteen, .twoFiftySix, .trueColor])
    func styles(colors: ColorDepth) throws {
        var driver = Driver.midReply(columns: 80, rows: 45, colors: colors)
        driver.press(.tab)
        driver.press(.left)
        try expectGolden(driver.screen + "\n" + driver.frame.styleDescription, "styles-\(colors)")
    }

    /// Of a model that has a thin path.
    @Test(arguments: [(120, 36), (80, 24), (60, 20), (40, 12)])
    func grades(columns: Int, rows: Int) throws {
        let driver = Driver.midReply(columns: columns, rows: rows, model: .graded)
        try expectGolden(driver.screen, "grades-\(columns)x\(rows)")
    }

    @Test func inspectedGrades() throws {
        var driver = Driver.midReply(columns: 120, rows: 36, model: .graded)
        driver.play("<Tab><Left><Left><Left>")
        while !driver.screen.contains(": thin") { driver.press(.down) }
        try expectGolden(driver.screen, "inspector-grades-120x36")
    }

    @Test(arguments: [ColorDepth.monochrome, .eight, .twoFiftySix])
    func stylesOfGrades(colors: ColorDepth) throws {
        let driver = Driver.midReply(columns: 80, rows: 36, model: .graded, colors: colors)
        try expectGolden(driver.screen + "\n" + driver.frame.styleDescription, "styles-grades-\(colors)")
    }

    @Test func gradesInASCII() throws {
        let driver = Driver.midReply(
            columns: 100, rows: 36, model: .graded, glyphs: .ascii, colors: .monochrome)
        #expect(driver.screen.allSatisfy { $0.isASCII })
        try expectGolden(driver.screen, "grades-ascii")
    }

    @Test func wideCharacters() throws {
        var driver = Driver(columns: 80, rows: 24)
        driver.say("日本語で答えてください。絵文字も使って 👨‍👩‍👧‍👦🇯🇵")
        driver.stream(["空が青いのは、", "太陽の光が", "大気の分子に", "ぶつかって", "散らばるからです。", "🌅🌊", " e\u{301}t", " fin"])
        driver.type("ありがとう 👍🏽")
        try expectGolden(driver.screen, "wide-80x24")
    }

    /// Wrapped list items and code stay under their beginning, and blank lines at the end are left out.
    @Test func listsAndCode() throws {
        var driver = Driver(columns: 80, rows: 24)
        driver.say("- one item of mine that is far too long for a single line")
        driver.stream([
            "1. First of all", ", plants take up light with the green of their leaves.\n",
            "   * A point within, which goes on and on for longer than a line and one more than that.\n\n",
            "```python\n    for leaf in tree.leaves(of: everything_that_grows):\n```\n- short\n-5 is no item, ",
            "however long it may go on.\n \n\n",
        ])
        driver.finish()
        try expectGolden(driver.screen, "lists-80x24")
    }

    @Test func longChatScrolledUp() throws {
        var driver = Driver(columns: 100, rows: 24)
        for turn in 1...6 {
            driver.say("Question \(turn)?")
            driver.stream(["First line of answer \(turn).\n", "\n", "- one\n", "- two\n"])
            driver.finish()
        }
        driver.press(.pageUp)
        try expectGolden(driver.screen, "scrolled-up")
    }
}
