import ChatInterface
import MoDModel
import Testing

/// Which experts a token took, in the cells of the map and in the inspector.
@Suite struct ExpertTests {
    private func chat(_ experts: [[UInt16]]) -> Driver {
        HeatmapTests.chat([[1, -0.5, 2], [1, -0.5, 2]], experts: experts)
    }

    @Test func theInspectorHasARow() {
        var driver = chat([[3, 1], [7], [], []])
        driver.play("<Tab>")
        for _ in 0..<3 { driver.play("<Up>") }
        for _ in 0..<3 { driver.play("<Down>") }
        #expect(driver.screen.contains("took experts 3 1, the best first"))
        driver.play("<Up>")
        #expect(driver.screen.contains("took expert 7,"))
        driver.play("<Up>")
        #expect(!driver.screen.contains("took"), "a block that bypassed the token has no experts")
        driver.play("<Up>")
        #expect(driver.screen.contains("took no expert"))
    }

    @Test func everyBlockSaysWhich() {
        var driver = chat([[3, 1], [7], [], []])
        driver.play("<Tab>i")
        #expect(driver.screen.contains("always processed, experts 3 1"))
        #expect(driver.screen.contains("processed, expert 7"))
        #expect(driver.screen.contains("processed, no expert"))
        #expect(driver.screen.contains("bypassed\n") || !driver.screen.contains("bypassed, "))
    }

    @Test func cellsHaveMarksWhereThereIsRoom() {
        var driver = chat([[3, 1], [12, 4], [], []])
        #expect(!driver.screen.contains("█3 1"))
        driver.play("<Tab>+")
        #expect(driver.screen.contains("█3") && !driver.screen.contains("█1"), "12 has no room")
        driver.play("+")
        #expect(
            driver.screen.contains("█3 1") && driver.screen.contains("█12 ") && driver.screen.contains("█-  ")
        )
        driver.play("+")
        #expect(driver.screen.contains("█12 4"))
        #expect(driver.screen.contains("········"), "a bypassed block keeps its dots")
    }

    @Test func aModelWithoutExpertsSaysNothingOfThem() {
        var driver = chat([])
        driver.play("<Tab>++i")
        #expect(!driver.screen.contains("expert"))
    }
}
