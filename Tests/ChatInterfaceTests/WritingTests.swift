import ChatInterface
import TerminalKit
import Testing

/// What helps in writing: undo, what was sent before, completion, an editor.
@Suite struct WritingTests {
    @Test(
        arguments: [
            ("one two<C-_>", "one |"), ("one two<C-_><C-_>", "one|"), ("one two<C-_><A-z><A-z>", "|"),
            ("one two<C-_><A-Z>", "one two|"), ("one<C-w><C-_>", "one|"), ("ab<Left>c<C-_>", "a|b"),
            ("ab<Left>c<C-_><C-_>", "|"), ("a<C-_>b<A-Z>", "b|"), ("<C-_><A-Z>", "|"),
            ("a<C-u><C-u><C-_>", "a|"),
        ] as [(Script, String)])
    func undo(keys: Script, expected: String) {
        var driver = Driver()
        driver.play(keys)
        driver.play("|")
        #expect(driver.screen.contains("> \(expected) "))
    }

    @Test func undoReachesNoSentText() {
        var driver = Driver()
        driver.play("secret<Enter><C-_>")
        #expect(!driver.screen.contains("> secret"))
    }

    @Test func aPasteGoesBackAsOne() {
        var driver = Driver()
        driver.type("a ")
        driver.feed(.terminal(.paste("long text"), at: driver.time))
        #expect(driver.screen.contains("> a long text"))
        driver.play("<C-_>")
        #expect(driver.screen.contains("> a ") && !driver.screen.contains("long"))
    }

    @Test func whatWasSentInEarlierSessionsIsRecalled() {
        var driver = Driver()
        driver.feed(.recalled(["newest", "older"]))
        driver.play("draft<Up>")
        #expect(driver.screen.contains("> newest"))
        driver.play("<Up>")
        #expect(driver.screen.contains("> older"))
        driver.play("<Down><Down>")
        #expect(driver.screen.contains("> draft"))
        driver.play("<C-u>now<Enter>")
        driver.finish()
        driver.play("<Up><Up>")
        #expect(driver.screen.contains("> newest"))
    }

    @Test func aRecalledMessageIsTypedAsItWas() {
        var driver = Driver()
        driver.feed(.recalled(["/clear two"]))
        driver.play("<Up>")
        #expect(driver.screen.contains("> //clear two"))
    }

    @Test func searchThroughWhatWasSent() throws {
        var driver = Driver(columns: 100, rows: 24)
        driver.feed(
            .recalled([
                "Why is the sky blue?", "hello", "why is grass green?", "Why is the sky blue?",
            ]))
        driver.play("<C-r>")
        try expectGolden(driver.screen, "history-100x24")
        driver.play("WHY is")
        #expect(driver.screen.contains("grass") && !driver.screen.contains("hello"))
        driver.play("<Down><Enter>")
        #expect(driver.screen.contains("> why is grass green?"))
        driver.play("<C-r>zzz")
        #expect(driver.screen.contains("Nothing has these words."))
        driver.play("<Esc>")
        #expect(driver.screen.contains("> why is grass green?"))
    }

    @Test(
        arguments: [
            ("/ca<Tab>", "/capacity |"), ("/c<Tab>", "/capacity |"), ("/c<Tab><Tab>", "/clear|"),
            ("/c<Tab><Tab><Tab><Tab><Tab><Tab>", "/capacity |"), ("/cop<Tab>c<Tab>", "/copy code|"),
            ("/policy h<Tab>", "/policy held|"),
            ("/zzz<Tab>", "/zzz|"), ("/un<Tab>", "/undo|"), ("/capacity 0.<Tab><Tab>", "/capacity 0.5|"),
            ("/c<Tab>x<C-u>/re<Tab>", "/retry |"),
            ("//ca<Tab>", "//ca"),
        ] as [(Script, String)])
    func completion(keys: Script, expected: String) {
        var driver = Driver()
        driver.play(keys)
        driver.play("|")
        #expect(driver.screen.contains("> \(expected)"))
    }

    @Test func hints() {
        var driver = Driver()
        driver.play("/re")
        #expect(driver.screen.contains("/retry [0.5]: another reply (or: seed 7)"))
        driver.play("<C-u>/c")
        #expect(driver.screen.contains("  /capacity 0.5          turn the capacity, 0 to 1"))
        #expect(driver.screen.contains("  /continue              go on with a stopped reply"))
        driver.play("<C-u>/")
        #expect(driver.screen.contains("Tab goes through"))
        driver.play("<C-u>/zzz")
        #expect(driver.screen.contains("no such command; // sends a slash"))
        driver.play("<C-u>//x")
        #expect(!driver.screen.contains("no such command"))
    }

    @Test func tabGoesToTheHeatmapWhereNoCommandIsTyped() {
        var driver = Driver()
        driver.play("hello<Tab>")
        #expect(driver.screen.contains("Esc write"))
        var other = Driver()
        other.play("/capacity 0.3<Tab>")
        #expect(!other.screen.contains("Esc write"), "nothing is left to complete")
    }

    @Test func anEditor() {
        var driver = Driver()
        driver.type("dear ")
        #expect(driver.play("<C-g>") == [.edit("dear ")])
        driver.feed(.edited("dear friend\nyours"))
        #expect(driver.screen.contains("> dear friend") && driver.screen.contains("  yours"))
        driver.play("<C-_>")
        #expect(driver.screen.contains("> dear ") && !driver.screen.contains("yours"))
    }
}
