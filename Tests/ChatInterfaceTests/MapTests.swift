import ChatInterface
import InferenceEngine
import MoDModel
import TerminalKit
import TestSupport
import Testing

/// What stands beside and below the map, and how much of the conversation it shows.
@Suite struct MapTests {
    @Test func whatWasAskedOfABlockIsMarkedOnItsBar() {
        // By the table a block's share is the capacity; all tokens were taken.
        var driver = HeatmapTests.chat([[1, 1, 1], [1, 1, 1]])
        #expect(driver.screen.contains("██ ████│███ 100 %"))
        for _ in 0..<4 { driver.press(.up, .control) }
        // What tokens were asked for then does not change with the dial.
        #expect(driver.screen.contains("██ ████│███ 100 %"))
        driver.stream(["a", "b"])
        #expect(driver.screen.contains("█████│") && !driver.screen.contains(" ████│███ 100 %"))
    }

    @Test func aModelWithoutRoutersIsAskedForNothing() {
        var driver = Driver(columns: 120, rows: 36, model: .dense)
        driver.say("x")
        driver.stream(["a", "b"])
        #expect(driver.screen.contains("██ ████████ 100 %"))
    }

    @Test func weightsReadAreDrawnBelowTheDepths() throws {
        let driver = HeatmapTests.chat([[-1, -1, -1], [1, 1, 1], [-1, 1, -1]])
        // Outside 100, block 0 100, of 500.
        let line = try #require(driver.screen.split(separator: "\n").first { $0.contains("reads │") })
        #expect(line.contains("▁█▃"))
        #expect(line.contains("67 %"))
    }

    @Test(arguments: [(ColorDepth.monochrome, true), (.eight, true), (.twoFiftySix, false)])
    func tokensOfTheTemplateAreDimmed(colors: ColorDepth, byAttribute: Bool) {
        var driver = Driver(columns: 120, rows: 36, model: HeatmapTests.small, colors: colors)
        driver.say("x")
        driver.readPrompt([
            "<|im_start|>", "user", "\n", "user", "\n", "<|im_end|>", "\n", "<|im_start|>", "assistant", "\n",
        ])
        driver.stream([" said", "<|im_end|>"])
        let cells = HeatmapTests.row(0, of: driver)
        let isDim = cells.map {
            byAttribute ? $0.style.attributes.contains(.dim) : $0.style != cells[3].style
        }
        let template = [true, true, true, false, false, true, true, true, true, true, false, true]
        #expect(isDim == template)
        let greys = HeatmapTests.row(2, of: driver).map { cell in
            if case .indexed(let index) = cell.style.foreground { index >= 232 } else { false }
        }
        if !byAttribute {
            for (place, cell) in HeatmapTests.row(2, of: driver).enumerated() where cell.text == "█" {
                #expect(greys[place] == template[place])
            }
        }
    }

    @Test func aColumnStandsForSeveralTokens() {
        // Of four tokens block 1 takes three, of the next four one, and so on; block 3 takes all.
        var driver = HeatmapTests.chat((0..<80).map { [$0 % 8 < 3 || $0 % 8 == 7 ? 1 : -1, -1, 1] })
        driver.play("<Tab>--")
        #expect(driver.screen.contains("4 tokens a column"))
        let mixed = (0..<20).map { $0.isMultiple(of: 2) ? "▓" : "░" }
        #expect(HeatmapTests.row(1, of: driver).map(\.text) == mixed)
        #expect(HeatmapTests.row(2, of: driver).allSatisfy { $0.text == "·" })
        #expect(
            HeatmapTests.row(3, of: driver).map(\.text) == Array(repeating: "█", count: 19) + ["◆"])
    }

    @Test func aStepIsAColumn() {
        var driver = HeatmapTests.chat((0..<200).map { _ in [1, 1, 1] })
        driver.play("<Tab>--<Left>")
        #expect(driver.screen.contains("token 196  "))
        driver.play("<C-Left>")
        #expect(driver.screen.contains("token 156  "))
        driver.play("<Home>")
        #expect(driver.screen.contains("token 1  "))
        #expect(driver.screen.contains("newer: End"))
    }

    @Test func zoomingOutEndsWhereAllIsInSight() {
        var driver = HeatmapTests.chat((0..<500).map { _ in [1, 1, 1] })
        driver.play("<Tab><Home>")
        for _ in 0..<12 { driver.play("-") }
        #expect(driver.screen.contains("16 tokens a column"))
        #expect(driver.screen.contains("The whole conversation is in sight."))
        // What is chosen stays so.
        #expect(driver.screen.contains("token 1  "))
        for _ in 0..<4 { driver.play("+") }
        #expect(!driver.screen.contains("tokens a column"))
    }

    @Test func aTokenTakesSeveralColumns() {
        var driver = HeatmapTests.chat((0..<40).map { [Float($0 % 2) - 0.5, 1, 1] })
        driver.play("<Tab>+")
        #expect(HeatmapTests.row(1, of: driver).map(\.text).suffix(4) == ["·", "·", "█", "█"])
        driver.play("+")
        #expect(driver.screen.contains("t35 t36 t37 t38 ▲39"))
        driver.play("++")
        #expect(driver.screen.contains("t37     t38     ▲39"))
        driver.play("<Home>")
        #expect(driver.screen.contains("▲0      t1      t2"))
    }

    @Test func aClickOnAColumnChoosesItsToken() {
        var driver = HeatmapTests.chat((0..<200).map { _ in [1, 1, 1] })
        driver.play("<Tab>--")
        let rows = driver.screen.split(separator: "\n", omittingEmptySubsequences: false)
        let row = rows.firstIndex { $0.contains(" 1 █") } ?? 0
        // The newest tokens, before the space that parts them from the bar.
        let cells = Array(rows[row])
        let column = cells.indices.dropLast(2).last { cells[$0...($0 + 2)].elementsEqual("█ █") } ?? 0
        driver.feed(
            .terminal(
                .mouse(MouseEvent(.press, at: Point(column: column - 12, row: row))), at: driver.time))
        #expect(driver.screen.contains("token 152  "))
    }

    /// A prompt that was cut short within the template says nothing of the one that takes its place.
    @Test func whatIsTemplateBeginsAnewWhereThePromptDoes() {
        var driver = Driver(columns: 120, rows: 36, model: HeatmapTests.small, colors: .eight)
        driver.say("x")
        driver.readPrompt(["<|im_start|>", "user"])
        driver.finish(.cancelled, context: 0)
        driver.say("y")
        driver.readPrompt(["said", "<|im_end|>"])
        let isDim = HeatmapTests.row(0, of: driver).map { $0.style.attributes.contains(.dim) }
        #expect(isDim.suffix(2) == [false, true])
    }

    /// As many tokens as the longest context has are drawn in a moment, however many share a column.
    @Test func allOfALongContextIsDrawnFast() {
        var driver = Driver(columns: 120, rows: 40)
        driver.say("x")
        driver.readPrompt(Array(repeating: "word", count: 8192))
        driver.play("<Tab>---------")
        let state = driver.state
        let time = (0..<5).map { _ in threadTime { _ = view(state) } }.min() ?? .zero
        #expect(time < .milliseconds(40), "\(time)")
    }

    @Test(arguments: [(120, 40), (80, 24), (60, 20), (45, 15), (200, 60)])
    func zoomedOut(columns: Int, rows: Int) throws {
        var driver = Driver.midReply(columns: columns, rows: rows)
        driver.stream((0..<300).map { "word\($0)" })
        driver.play("<Tab>--")
        try expectGolden(driver.screen, "zoomed-out-\(columns)x\(rows)")
    }

    @Test(arguments: [(120, 40), (80, 24), (45, 15)])
    func zoomedIn(columns: Int, rows: Int) throws {
        var driver = Driver.midReply(columns: columns, rows: rows)
        driver.play("<Tab>+++<Left>")
        try expectGolden(driver.screen, "zoomed-in-\(columns)x\(rows)")
    }
}
