import ChatInterface
import InferenceEngine
import MoDModel
import TerminalKit
import Testing

/// What the heatmap, the inspector and the figures make of the three grades.
@Suite struct GradeTests {
    /// Block 0 has no router; thin is a quarter of the work.
    static func model(blocks: Int = 4) -> ModelDescription {
        ModelDescription(
            name: "graded", blockCount: blocks, routedBlocks: Array(1..<blocks), anchorTokens: 0,
            contextLength: 100, defaultCapacity: Capacity(0.5) ?? .dense,
            weights: WeightBytes(outsideBlocks: 100, fullBlock: 100, thinBlock: 25, bypassedBlock: 0))
    }

    /// A chat in which the routed blocks took each token as deep as said: full from score 1 on, thin from 0 on.
    static func chat(
        _ grades: [[Grade]], blocks: Int = 4, columns: Int = 120, rows: Int = 36, glyphs: GlyphSet = .unicode,
        colors: ColorDepth = .twoFiftySix
    ) -> Driver {
        var driver = Driver(
            columns: columns, rows: rows, model: model(blocks: blocks), glyphs: glyphs, colors: colors)
        driver.say("x")
        let tokens = grades.map { token in
            PromptToken(
                id: 0, text: "t",
                routing: TokenRouting(
                    grades: [.full] + token, scores: token.map { Float($0.rawValue) - 0.5 },
                    thresholds: token.map { _ in Thresholds(full: 1, thin: 0) },
                    reasons: token.map { _ in .score }), capacity: driver.state.capacity,
                policy: driver.state.policy)
        }
        driver.generation(.prompt(tokens: tokens, processed: tokens.count, total: tokens.count))
        return driver
    }

    @Test func eachGradeHasItsGlyphAtEveryColourDepth() {
        for colors in [ColorDepth.monochrome, .eight, .twoFiftySix] {
            for (glyphs, thin, dot) in [(GlyphSet.unicode, "▄", "·"), (.ascii, "=", ".")] {
                let driver = Self.chat(
                    [[.full, .thin, .bypassed], [.thin, .bypassed, .full]], glyphs: glyphs, colors: colors)
                let cells = (1...3).map { HeatmapTests.row($0, of: driver).map(\.text) }
                #expect(
                    cells.map { $0.map { $0 == thin } } == [[false, true], [true, false], [false, false]])
                #expect(
                    cells.map { $0.map { $0 == dot } } == [[false, false], [false, true], [true, false]])
                let isUnicode = glyphs == .unicode
                #expect(driver.screen.contains(isUnicode ? "▄ thin  · bypassed" : "= thin  . bypassed"))
            }
        }
    }

    /// A colour means the same score in either grade: what is thin is darker than what is full.
    @Test func coloursGoOnFromThinToFull() {
        let driver = Self.chat(
            Array(repeating: [.thin, .full, .bypassed], count: 8) + [[.full, .thin, .thin]])
        let row = HeatmapTests.row(1, of: driver)
        #expect(row.first?.style.foreground != row.last?.style.foreground)
        #expect(row.last?.text == "█" && row.first?.text == "▄")
    }

    /// A model without a thin path is told of in the words it always was.
    @Test func withoutAThinPathThereIsNoWordOfIt() {
        let screen = Driver.midReply(columns: 120, rows: 36).screen
        #expect(!screen.contains("thin"))
        #expect(Driver.midReply(columns: 120, rows: 36, model: .graded).screen.contains("▄ thin"))
    }

    /// Two blocks a row: both grades can be told from the glyph, whatever the colours.
    @Test(arguments: [ColorDepth.monochrome, .eight, .twoFiftySix])
    func pairsOfBlocks(colors: ColorDepth) {
        let pairs = Grade.allCases.flatMap { top in Grade.allCases.map { (top: top, bottom: $0) } }
        let grades = pairs.map { pair in
            (1..<12).map { $0 % 2 == 1 ? pair.top : pair.bottom }
        }
        let driver = Self.chat(grades, blocks: 12, rows: 12, colors: colors)
        #expect(driver.screen.contains("2 blocks a row") && driver.screen.contains("▘ thin"))
        let cells = HeatmapTests.row(3, of: driver)
        let expected = ["·", "▖", "▄", "▘", "▌", "▙", "▀", "▛"]
        #expect(Array(cells.map(\.text).prefix(8)) == expected)
        #expect(["█", "▀"].contains(cells.last?.text))
        #expect(cells.prefix(8).allSatisfy { $0.style.background == .standard })
    }

    /// More blocks a row: what went thin counts half.
    @Test func severalBlocksAsOne() {
        let rows: [[Grade]] = [
            [.bypassed, .bypassed], [.bypassed, .thin], [.thin, .thin], [.bypassed, .full], [.full, .thin],
            [.full, .full],
        ]
        let driver = Self.chat(
            rows.map { pair in (1..<12).map { pair[$0 % 2] } }, blocks: 12, rows: 12, glyphs: .ascii,
            colors: .monochrome)
        #expect(driver.screen.contains("thin is half"))
        #expect(HeatmapTests.row(3, of: driver).map(\.text) == [".", "-", "+", "+", "*", "#"])
    }

    @Test func theCellUnderTheSelection() {
        for (glyphs, signs) in [(GlyphSet.unicode, ["◆", "◈", "◇"]), (.ascii, ["@", "a", "o"])] {
            var driver = Self.chat([[.bypassed, .thin, .full]], glyphs: glyphs)
            driver.play("<Tab>")
            for (block, sign) in zip([3, 2, 1], signs) {
                #expect(HeatmapTests.row(block, of: driver).map(\.text) == [sign])
                driver.play("<Down>")
            }
        }
    }

    /// Four tokens, a thin one counts a quarter.
    @Test func realisedIsWork() {
        let driver = Self.chat([
            [.full, .thin, .bypassed], [.full, .thin, .bypassed], [.thin, .thin, .full],
            [.bypassed, .thin, .full],
        ])
        let screen = driver.screen
        let rows = ["··██ ████│     50 %", "▄▄▄▄ ██  │     25 %", "██▄· ████│     56 %"]
        for row in rows { #expect(screen.contains(row), "\(screen)") }
        // 5.25 of 12; read: outside 100, always 100, and 525 over four tokens, of 500.
        #expect(screen.contains("0.50 asked · 0.44 real"))
        #expect(screen.contains("reads 66 %"))
    }

    @Test(arguments: [
        (Grade.full, RoutingReason.score, Float(1.25), "score 1.25 ≥ full 1.00 > thin 0.00: full"),
        (.thin, .score, 0.5, "thin 0.00 ≤ score 0.50 < full 1.00: thin"),
        (.bypassed, .score, -0.5, "score -0.50 < thin 0.00 < full 1.00: bypassed"),
        (.thin, .budget, 1.25, "1.25 ≥ full 1.00 > thin 0.00, budget spent: thin"),
        (.bypassed, .budget, 0.5, "thin 0.00 ≤ score 0.50 < full 1.00, budget spent: bypassed"),
        (.full, .anchor, 0.5, "score 0.50, first positions: full"),
        (.full, .dense, 0.5, "score 0.50, capacity 1: full"),
        (.thin, .chance, 0.5, "score 0.50, by chance: thin"),
    ])
    func theInspectorSaysWhy(grade: Grade, reason: RoutingReason, score: Float, words: String) {
        #expect(inspected(Self.model(), grade, reason, score, Thresholds(full: 1, thin: 0)).contains(words))
    }

    @Test(arguments: [
        (
            Grade.full, RoutingReason.score, Float(1.25), Thresholds(1),
            "score 1.25 ≥ threshold 1.00: processed"
        ),
        (.bypassed, .score, 0.5, Thresholds(1), "score 0.50 < threshold 1.00: bypassed"),
        (.bypassed, .budget, 1.25, Thresholds(1), "score 1.25 ≥ threshold 1.00, budget spent: bypassed"),
        (.bypassed, .score, 1.25, Thresholds(.infinity), "score 1.25 < threshold ∞: bypassed"),
        (.full, .score, 1.25, Thresholds.none, "score 1.25, no threshold: processed"),
        (.full, .anchor, 1.25, Thresholds.none, "score 1.25, first positions: processed"),
        (.full, .dense, 1.25, Thresholds.none, "score 1.25, capacity 1: processed"),
    ])
    func theInspectorSaysWhyWithoutAThinPath(
        grade: Grade, reason: RoutingReason, score: Float, thresholds: Thresholds, words: String
    ) {
        #expect(inspected(HeatmapTests.small, grade, reason, score, thresholds).contains(words))
    }

    @Test func theDepthSaysHowMuchOfItIsThin() {
        var driver = Self.chat([[.thin, .thin, .full]])
        driver.play("<Tab>")
        #expect(driver.screen.contains("depth 4 of 4, 2 thin"))
    }

    /// The screen with the highest block of a token inspected.
    private func inspected(
        _ model: ModelDescription, _ grade: Grade, _ reason: RoutingReason, _ score: Float,
        _ thresholds: Thresholds
    ) -> String {
        var driver = Driver(columns: 200, rows: 36, model: model)
        driver.say("x")
        let count = model.routedBlocks.count
        let token = PromptToken(
            id: 0, text: "t",
            routing: TokenRouting(
                grades: [.full] + Array(repeating: grade, count: count),
                scores: Array(repeating: score, count: count),
                thresholds: Array(repeating: thresholds, count: count),
                reasons: Array(repeating: reason, count: count)), capacity: driver.state.capacity,
            policy: driver.state.policy)
        driver.generation(.prompt(tokens: [token], processed: 1, total: 1))
        driver.play("<Tab>")
        return driver.screen
    }
}
