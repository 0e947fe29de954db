import ChatInterface
import TerminalKit
import TestSupport
import Testing

@Suite struct MouseTests {
    private func chat() -> Driver {
        var driver = Driver(columns: 120, rows: 45)
        for turn in 0..<12 {
            driver.say("Question \(turn)?")
            driver.stream([
                "line one of \(turn)\n\nline two, which is longer than one line of the pane has room for, by far\n"
            ])
            driver.finish()
        }
        return driver
    }

    @Test func theWheelScrollsThePaneUnderIt() {
        var driver = chat()
        #expect(driver.screen.contains("SmolLM2  line one of 11"))
        for _ in 0..<5 { driver.point(.wheelUp, 10, 10) }
        #expect(!driver.screen.contains("SmolLM2  line one of 11"))
        for _ in 0..<9 { driver.point(.wheelDown, 10, 10) }
        #expect(driver.screen.contains("SmolLM2  line one of 11"))
        let newest = driver.chosenToken
        driver.point(.wheelUp, 100, 10)
        #expect(driver.chosenToken != nil && driver.chosenToken != newest, "the heatmap went back")
        driver.point(.wheelDown, 100, 10)
        #expect(driver.chosenToken == newest)
        #expect(driver.screen.contains("Enter send"), "the focus stays")
        driver.play("sent<Enter>")
        driver.point(.wheelUp, 10, 33)
        #expect(!driver.screen.contains("> sent"), "the wheel never walks through what was sent")
    }

    /// A notice that says so comes with the question itself.
    @Test func theWheelAsksWhatTheColoursTell() {
        var driver = chat()
        driver.play("<Tab>mmmm<Tab>")
        driver.effects = []
        driver.point(.wheelUp, 100, 10)
        #expect(driver.screen.contains("Looking at"))
        #expect(driver.effects.contains { if case .look = $0 { true } else { false } })
    }

    @Test func aClickChoosesATokenAndABlock() throws {
        var driver = Driver.midReply(columns: 120, rows: 36)
        driver.point(.press, 99, 12)
        #expect(driver.screen.contains("Esc write"))
        #expect(driver.screen.contains("▸19 "))
        let rows = driver.screen.split(separator: "\n", omittingEmptySubsequences: false)
        let row = try #require(rows.firstIndex { $0.contains("││ 15 ") })
        driver.point(.press, 102, row)
        #expect(driver.screen.contains("▸15 "))
        let token = try #require(driver.chosenToken)
        driver.point(.press, 101, row)
        #expect(driver.chosenToken == token - 1)
        driver.point(.press, 10, 33)
        #expect(driver.screen.contains("Enter send"))
    }

    @Test func aClickPutsTheCursor() {
        var driver = Driver(columns: 120, rows: 36)
        driver.play("hello world<Tab>")
        driver.point(.press, 6, 33)
        driver.play("X")
        #expect(driver.screen.contains("> heXllo world"))
        driver.point(.press, 60, 33)
        driver.play("Y")
        #expect(driver.screen.contains("> heXllo worldY"))
    }

    /// The effects of a drag from one word on the screen to the end of another.
    private func drag(_ driver: inout Driver, from first: String, to last: String) throws -> [ChatEffect] {
        let rows = driver.screen.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(rows.firstIndex { $0.contains(first) })
        let end = try #require(rows.lastIndex { $0.contains(last) })
        let column = { (row: Int, word: String) in
            TextMeasure.width(
                of: String(rows[row][..<(rows[row].firstRange(of: word)?.lowerBound ?? rows[row].startIndex)])
            )
        }
        driver.point(.press, column(start, first), start)
        driver.point(.drag, 30, start)
        let stop = column(end, last) + TextMeasure.width(of: last) - 1
        driver.point(.drag, stop, end)
        return driver.point(.release, stop, end)
    }

    @Test func aDragCopiesLinesAsTheyWereWritten() throws {
        var driver = Driver(columns: 120, rows: 36)
        driver.reply(with: [
            "A paragraph that is **longer** than one line of the pane can hold, so that it is broken.\n\n- an item of a list that is far too long for one line of it\n- two\n\n```c\nint x;\n  int y;\n```\n"
        ])
        #expect(
            try drag(&driver, from: "that is longer", to: "two") == [
                .copy(
                    "that is longer than one line of the pane can hold, so that it is broken.\n\n• an item of a list that is far too long for one line of it\n• two"
                )
            ])
        #expect(driver.frame.styleDescription.contains("reverse"))
        #expect(driver.lastRow.contains("Copied 4 lines"))
        #expect(try drag(&driver, from: "int x", to: "int y;") == [.copy("int x;\n  int y;")])
        #expect(try drag(&driver, from: "two", to: "two") == [.copy("two")])
        driver.point(.press, 30, 20)
        #expect(!driver.frame.styleDescription.contains("reverse"))
        #expect(driver.point(.release, 30, 20).isEmpty, "a click marks nothing")
    }

    @Test func aDragGoesBackwardsAndOverMessages() throws {
        var driver = Driver(columns: 120, rows: 36)
        driver.say("what 日本 is")
        driver.stream(["it is **so**"])
        driver.finish()
        let rows = driver.screen.split(separator: "\n")
        let first = try #require(rows.firstIndex { $0.contains("日本") })
        let last = try #require(rows.lastIndex { $0.contains("it is so") })
        driver.point(.press, 15, last)
        driver.point(.drag, 16, first)
        #expect(driver.point(.release, 16, first) == [.copy("日本 is\n\nit is")])
    }

    @Test func aDragBeyondTheEdgeScrolls() {
        var driver = chat()
        driver.point(.press, 15, 20)
        for _ in 0..<150 { driver.point(.drag, 15, 0) }
        #expect(driver.screen.contains("Question 0?"))
        let copied = driver.point(.release, 15, 0)
        #expect(copied.count == 1)
    }

    @Test func lists() {
        var driver = Driver(columns: 100, rows: 24)
        driver.feed(.recalled((0..<50).map { "sent \($0)" }))
        driver.play("<C-r>")
        driver.point(.wheelDown, 50, 10)
        driver.point(.press, 20, 9)
        #expect(driver.screen.contains("> sent 3"))
        driver.play("<C-r>")
        driver.point(.press, 0, 0)
        #expect(!driver.screen.contains("sent before"))
        driver.play("<F1>")
        driver.point(.wheelDown, 10, 10)
        driver.point(.press, 10, 10)
        #expect(!driver.screen.contains("Esc closes"))
    }

    /// Whatever is done with the mouse wherever on whatever screen, the chat stands.
    @Test(arguments: [(120, 36), (80, 24), (40, 12), (20, 5)])
    func anything(columns: Int, rows: Int) {
        var random = SeededGenerator(seed: 5)
        var driver = Driver.midReply(columns: columns, rows: rows)
        let actions: [MouseEvent.Action] = [.press, .drag, .release, .wheelUp, .wheelDown]
        for step in 0..<1000 {
            let place = (
                Int.random(in: 0..<(columns + 5), using: &random),
                Int.random(in: 0..<(rows + 5), using: &random)
            )
            driver.point(actions.randomElement(using: &random) ?? .press, place.0, place.1)
            if step % 100 == 50 { driver.play("<C-r>") }
            if step % 100 == 70 { driver.play("<F1>") }
            if step % 100 == 90 { driver.play("<Tab>") }
            if step % 20 == 0 { _ = driver.frame }
            if step % 50 == 0 { driver.stream([" more", "\n\n"]) }
        }
        #expect(driver.frame.size == Size(columns: columns, rows: rows))
    }
}

extension Driver {
    /// The number of the token that the inspector tells of.
    fileprivate var chosenToken: Int? {
        screen.firstMatch(of: /token ([0-9]+)/).flatMap { Int($0.1) }
    }

    /// Does something with the mouse at a cell.
    @discardableResult
    mutating func point(_ action: MouseEvent.Action, _ column: Int, _ row: Int) -> [ChatEffect] {
        time += .milliseconds(10)
        return feed(.terminal(.mouse(MouseEvent(action, at: Point(column: column, row: row))), at: time))
    }
}
