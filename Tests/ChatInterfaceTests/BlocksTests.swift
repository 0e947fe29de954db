import ChatInterface
import Conversations
import InferenceEngine
import MoDModel
import TerminalKit
import Testing

/// What every block made of one token.
@Suite struct BlocksTests {
    @Test func everyBlockHasItsBar() {
        var driver = HeatmapTests.chat([[1, -0.5, 2], [-1, -1, -1], [1, -0.5, 2]])
        driver.play("<Tab>i")
        let screen = driver.screen
        #expect(screen.contains("token 3  \"t2\"") && screen.contains("id 2"))
        #expect(screen.contains("score 2.00 ≥ threshold 0.00: processed"))
        #expect(screen.contains("score -0.50 < threshold 0.00: bypassed"))
        #expect(screen.contains("has no router: always processed"))
        let rows = screen.split(separator: "\n").map(String.init)
        // From -1 to 2: all of the bar, the threshold at a third. From -1 to 0: half of the bar, the threshold at its
        // end.
        #expect(rows.contains { $0.contains("███│███") && $0.contains("2.00") })
        #expect(rows.contains { $0.contains("░░░") && $0.contains("-0.50") && !$0.contains("█") })
    }

    @Test func keysChooseTokensAndBlocks() {
        var driver = HeatmapTests.chat([[1, -0.5, 2], [-1, 0.5, -1], [1, -0.5, 2]])
        driver.play("<Tab><Enter><Left>")
        #expect(driver.screen.contains("token 2  \"t1\""))
        driver.play("<Down>")
        #expect(driver.screen.contains("▸2"))
        driver.play("x")
        #expect(driver.screen.contains("Esc close"), "a key that means nothing leaves it there")
        driver.play("<Esc>")
        #expect(driver.state.focus == .heatmap && driver.screen.contains("chat"))
        #expect(driver.screen.contains("block 2   score 0.50"))
        driver.finish()
        driver.play("ip")
        #expect(driver.screen.contains("replay"), "what a key means in the heatmap is done there")
        driver.play("pi<Esc>")
        #expect(driver.state.focus == .heatmap && !driver.screen.contains("Esc close"))
    }

    @Test func theDialShowsWhatItWouldMakeOfTheToken() {
        var driver = HeatmapTests.chat([[1, -0.5, 2], [1, -0.5, 2]])
        driver.play("<Tab>i")
        let before = driver.frame
        for _ in 0..<4 { driver.play("[") }
        #expect(driver.frame != before && driver.screen.contains("[ ] grey: at 0.25"))
        #expect(driver.effects.contains { if case .setCapacity = $0 { true } else { false } })
    }

    @Test func aReplyGoesOnBelow() {
        var driver = Driver.midReply(columns: 120, rows: 40)
        driver.play("<Tab>i")
        driver.stream([" more"])
        #expect(driver.screen.contains("token 37  \" more\""))
    }

    @Test func withoutTokens() {
        var driver = Driver(columns: 120, rows: 36)
        driver.play("<Tab>i")
        #expect(driver.screen.contains("No tokens yet."))
    }

    @Test(arguments: [(120, 40), (80, 24), (60, 20), (45, 15)])
    func blocks(columns: Int, rows: Int) throws {
        var driver = Driver.midReply(columns: columns, rows: rows)
        driver.play("<Tab><Left><Down>i")
        try expectGolden(driver.screen, "blocks-\(columns)x\(rows)")
    }

    @Test func gradedBlocksInASCII() throws {
        var driver = Driver.midReply(
            columns: 100, rows: 40, model: .graded, glyphs: .ascii, colors: .monochrome)
        driver.play("<Tab>i")
        #expect(driver.screen.allSatisfy { $0.isASCII })
        try expectGolden(driver.screen, "blocks-ascii")
    }
}
