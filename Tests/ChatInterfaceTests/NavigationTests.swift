import ChatInterface
import MoDModel
import TerminalKit
import TestSupport
import Testing

@Suite struct NavigationTests {
    @Test func tabAndEscapeMoveTheFocus() {
        var driver = Driver()
        #expect(driver.frame.cursor != nil)
        driver.play("<Tab>")
        #expect(driver.state.focus == .heatmap && driver.frame.cursor == nil)
        driver.play("<Esc>")
        #expect(driver.state.focus == .composer)
        driver.play("<Tab><Tab>")
        #expect(driver.state.focus == .composer)
    }

    @Test func lettersOutsideTheComposerSayHowToGetBack() {
        var driver = Driver()
        driver.play("<Tab>x")
        #expect(driver.lastRow.contains("Esc or Tab"))
        driver.play("<Esc>y<Enter>")
        #expect(driver.sent == ["y"])
    }

    @Test(arguments: ["<F1>", "?", "<Tab>?"] as [Script])
    func helpOpensAndCloses(keys: Script) {
        var driver = Driver()
        driver.play(keys)
        #expect(driver.screen.contains("keys - Esc closes"))
        #expect(driver.frame.cursor == nil)
        driver.play("x")
        #expect(!driver.screen.contains("keys - "))
        driver.play("<Esc><F1><F1>")
        #expect(!driver.screen.contains("keys - "))
    }

    @Test func aQuestionMarkInATextIsText() {
        var driver = Driver()
        driver.play("why?<Enter>")
        #expect(driver.sent == ["why?"])
    }

    @Test func helpScrollsWhereItDoesNotFit() {
        var driver = Driver(columns: 40, rows: 12)
        driver.play("<F1><Up><Down>")
        for _ in 0..<20 { driver.play("<PgDn>") }
        #expect(driver.screen.contains("//"))
        for _ in 0..<20 { driver.play("<PgUp>") }
        #expect(driver.screen.contains("In the composer"))
    }

    @Test func controlLDrawsAnew() {
        var driver = Driver()
        #expect(driver.play("<C-l>") == [.redraw])
    }

    @Test func theChatSticksToTheBottomUnlessScrolledUp() {
        var driver = Driver(columns: 80, rows: 24)
        driver.say("go")
        driver.stream((1...40).map { "line \($0)\n" })
        #expect(driver.screen.contains("line 40") && !driver.screen.contains("line 20\n"))
        driver.play("<PgUp>")
        let before = chatRows(driver)
        driver.stream((41...50).map { "line \($0)\n" })
        #expect(chatRows(driver) == before)
        driver.play("<PgDn><PgDn><PgDn>")
        #expect(driver.screen.contains("line 50"))
        for _ in 0..<20 { driver.play("<PgUp>") }
        #expect(driver.screen.contains("│ go"))
        driver.finish()
        driver.say("next")
        #expect(driver.screen.contains("│ next"))
    }

    private func chatRows(_ driver: Driver) -> [String] {
        driver.screen.split(separator: "\n").dropFirst(2).prefix(16).map { String($0.prefix(40)) }
    }

    /// Text that comes in pieces wraps as it does when it comes at once.
    @Test(arguments: 0..<60)
    func streamedTextWrapsAsWholeText(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "word", "a", " ", "  ", "\n", "日本語", "，", "verylongwordthatnevereverfitsintothepane", "e\u{301}",
            "👍🏽", "\t", ".",
            "\u{1B}", "🇩🇪", "🏴\u{E0067}\u{E0062}\u{E007F}", "\r\n", "\n- ", "\n12. ", "\n    ", "*",
        ]
        let text = (0..<80).map { _ in pieces[Int.random(in: pieces.indices, using: &random)] }.joined()
        var streamed = Driver(columns: 40, rows: 60)
        var whole = Driver(columns: 40, rows: 60)
        streamed.reply(with: text.unicodeScalars.map { String($0) })
        whole.reply(with: [text])
        #expect(streamed.screen == whole.screen)
    }

    @Test func resizingLosesNothing() {
        var driver = Driver.midReply(columns: 120, rows: 36)
        driver.type("draft")
        let before = driver.screen
        for (columns, rows) in [(80, 24), (20, 5), (0, 0), (60, 20), (200, 60), (40, 12)] {
            driver.feed(.terminal(.resize(Size(columns: columns, rows: rows)), at: driver.time))
        }
        #expect(driver.screen.contains("> draft"))
        driver.feed(.terminal(.resize(Size(columns: 120, rows: 36)), at: driver.time))
        #expect(driver.screen == before)
    }

    @Test func keysWorkWhileTheScreenIsTooSmall() {
        var driver = Driver(columns: 10, rows: 3)
        #expect(driver.say("hello").savedQuestion == "hello")
    }

    @Test func noticesGoByThemselves() {
        var driver = Driver()
        driver.feed(.notice(Notice(.error, "The store is broken:\n disk full")))
        #expect(driver.lastRow == " The store is broken:  disk full")
        let wake = driver.state.wakeTime
        #expect(wake == .seconds(20))
        driver.feed(.tick(at: .seconds(19)))
        #expect(driver.lastRow.contains("disk full"))
        driver.feed(.tick(at: .seconds(20)))
        #expect(driver.lastRow.contains("F1 help"))
        #expect(driver.state.wakeTime == nil)
    }

    @Test func aKeyTakesANoticeDownThatCouldBeRead() {
        var driver = Driver()
        driver.feed(.notice(Notice(.warning, "The store is slow.")))
        driver.play("a")
        #expect(driver.lastRow.contains("The store is slow."))
        driver.time += .seconds(3)
        driver.play("b")
        #expect(!driver.lastRow.contains("The store is slow.") && driver.screen.contains("> ab"))
    }

    @Test func aNoticeTooLongForTheLineCanBeReadInTheChat() {
        var driver = Driver(columns: 80, rows: 24)
        driver.feed(
            .notice(Notice(.error, "The store is broken: " + String(repeating: "why ", count: 20) + "end.")))
        #expect(driver.lastRow.hasSuffix("…"))
        #expect(driver.screen.contains("why end."))
    }

    /// On every width the dial stays, and nothing runs past the edge.
    @Test func theStatusLineKeepsTheDial() {
        var driver = Driver.midReply(columns: 120, rows: 12)
        for columns in stride(from: 40, through: 160, by: 3) {
            driver.feed(.terminal(.resize(Size(columns: columns, rows: 12)), at: driver.time))
            let line = driver.screen.prefix { $0 != "\n" }
            #expect(line.contains("▏ 0.63") && line.contains("0.61 real"))
            #expect(line.count <= columns && line.last != "…")
        }
    }
}
