import ChatInterface
import TerminalKit
import Testing

/// Editing, seen through what Enter sends. `|` typed last shows where the cursor was.
@Suite struct ComposerTests {
    @Test(
        arguments: [
            ("hello<Left><Left>|", "hel|lo"),
            ("hello<Home>|", "|hello"),
            ("hello<C-a>|<End>!", "|hello!"),
            ("hello<C-a><C-e>|", "hello|"),
            ("ab<BS>c", "ac"),
            ("abc<Left><Left><Del>", "ac"),
            ("abc<C-b><C-b><C-f>|", "ab|c"),
            ("abc<C-a><C-d>", "bc"),
            ("one two three<C-w>|", "one two |"),
            ("one two  <C-w>|", "one |"),
            ("one two<Left><C-u>|", "|o"),
            ("one two<C-a><Right><C-k>|", "o|"),
            ("one two-three<C-Left>|", "one two-|three"),
            ("one two<A-b>|", "one |two"),
            ("one two<Home><C-Right>|", "one| two"),
            ("one two<A-BS>|", "one |"),
            ("a<A-Enter>b", "a\nb"),
            ("a<C-j>b", "a\nb"),
            ("ab<C-j>cd<Home>|", "ab\n|cd"),
            ("ab<C-j>cd<Up>|", "ab|\ncd"),
            ("ab<C-j>cd<Left><Up>|", "a|b\ncd"),
            ("ab<C-j>cd<Up><Down>|", "ab\ncd|"),
            ("ab<C-j>cd<C-u><BS>|", "ab|"), ("ab<C-j>cd<C-u><C-u>|", "ab|"),
            ("ab<C-j>cd<C-u><C-u><C-u>|", "|"),
            ("ab<C-j>cd<Home><Left><C-k>|", "ab|cd"),
            ("[x]=1?", "[x]=1?"),
            ("<Left><BS><Del><C-w><C-u><C-k><Home><End>x", "x"),
            ("//quit", "/quit"),
            ("  padded  ", "padded"),
        ] as [(Script, String)])
    func editing(keys: Script, expected: String) {
        var driver = Driver()
        driver.play(keys)
        driver.press(.enter)
        #expect(driver.sent == [expected])
    }

    @Test func clustersStayWhole() {
        var driver = Driver()
        driver.play("x👨‍👩‍👧‍👦e\u{301}<Left><Left>|<Right><BS>")
        driver.press(.enter)
        #expect(driver.sent == ["x|e\u{301}"])
    }

    @Test func anAccentTypedLaterJoinsItsLetter() {
        var driver = Driver()
        driver.play("e\u{301}a<Left><BS>")
        driver.press(.enter)
        #expect(driver.sent == ["a"])
    }

    @Test func nothingToSend() {
        var driver = Driver()
        #expect(driver.play("  <C-j> <Enter>").isEmpty)
    }

    @Test func pasteKeepsNewlinesAndNothingThatATerminalObeys() {
        var driver = Driver()
        driver.feed(.terminal(.paste("a\u{1B}[31mb\r\nc\u{7}"), at: .zero))
        driver.press(.enter)
        #expect(driver.sent == ["a\u{FFFD}[31mb\nc\u{FFFD}"])
    }

    @Test func pasteComesBackFromTheHeatmap() {
        var driver = Driver()
        driver.press(.tab)
        driver.feed(.terminal(.paste("text"), at: .zero))
        #expect(driver.state.focus == .composer)
        driver.press(.enter)
        #expect(driver.sent == ["text"])
    }

    @Test func hugePasteIsCutAndSaidSo() {
        var driver = Driver()
        driver.feed(.terminal(.paste(String(repeating: "word ", count: 50_000)), at: .zero))
        #expect(driver.lastRow.contains("only the beginning"))
        driver.press(.enter)
        #expect(driver.sent.first?.count ?? 0 > 60_000)
        #expect(driver.sent.first?.count ?? .max <= 65_536)
    }

    @Test func historyIsWalkedAndTheDraftKept() {
        var driver = Driver()
        for text in ["first", "second"] {
            driver.say(text)
            driver.finish()
        }
        driver.play("draft<Up><Up><Up>")
        #expect(driver.screen.contains("> first"))
        driver.play("<Down>")
        #expect(driver.screen.contains("> second"))
        driver.play("<Down><Down>!")
        driver.press(.enter)
        #expect(driver.sent.last == "draft!")
    }

    @Test func growsAndKeepsTheCursorInSight() {
        var driver = Driver(columns: 80, rows: 24)
        driver.play("1<C-j>2<C-j>3<C-j>4<C-j>5<C-j>6<C-j>7<C-j>8")
        let screen = driver.screen
        #expect(screen.contains("  8") && screen.contains("  4") && !screen.contains("> 1"))
        for _ in 1...7 { driver.press(.up) }
        #expect(driver.screen.contains("> 1"))
        let cursor = driver.frame.cursor
        #expect(cursor.map { driver.frame[$0.column - 1, $0.row].text } == "1")
    }

    @Test func theCursorStandsAfterWideCharacters() {
        var driver = Driver(columns: 80, rows: 24)
        let empty = driver.frame.cursor?.column ?? 0
        driver.type("日本👍🏽a")
        #expect(driver.frame.cursor?.column == empty + 7)
    }

    @Test func longLinesContinueInTheNextRow() {
        var driver = Driver(columns: 80, rows: 24)
        driver.type(String(repeating: "x", count: 100))
        driver.play("<Up><Up>|")
        driver.press(.enter)
        // Rows of 37: the third holds 26, and two rows up from its end is position 26.
        #expect(
            driver.sent.first == String(repeating: "x", count: 26) + "|" + String(repeating: "x", count: 74))
    }

    @Test func wordsStayWholeWhereRowsEnd() {
        var driver = Driver(columns: 80, rows: 24)
        // Rows of 37 columns.
        driver.type("sunflower sunflower sunflower sunflower")
        #expect(
            driver.screen.contains("> sunflower sunflower sunflower ")
                && driver.screen.contains("   sunflower "))
        let column = driver.frame.cursor?.column ?? 0
        driver.play("<Up><End>")
        #expect(driver.frame.cursor?.column == column, "the end of a line is the end of its last row")
        // A space that does not fit is drawn nowhere, and the next word begins a row.
        driver.play("<C-u>")
        driver.type(String(repeating: "x", count: 37) + " yy")
        #expect(driver.screen.contains("> " + String(repeating: "x", count: 37)))
        #expect(driver.screen.contains("   yy "))
        driver.press(.enter)
        #expect(driver.sent.first == String(repeating: "x", count: 37) + " yy")
    }
}
