import ChatInterface
import Conversations
import FoundationEssentials
import InferenceEngine
import MoDModel
import TerminalKit
import Testing

@Suite struct HeatmapTests {
    /// A model small enough to read every cell: block 0 has no router.
    static let small = ModelDescription(
        name: "small", blockCount: 4, routedBlocks: [1, 2, 3], anchorTokens: 0, contextLength: 100,
        defaultCapacity: Capacity(0.5) ?? .dense,
        weights: WeightBytes(outsideBlocks: 100, fullBlock: 100, bypassedBlock: 0))

    /// A chat in which each token's routed blocks got these scores, with threshold 0.
    static func chat(
        _ scores: [[Float]], threshold: Float = 0, columns: Int = 120, rows: Int = 36,
        glyphs: GlyphSet = .unicode, colors: ColorDepth = .twoFiftySix, experts: [[UInt16]] = []
    ) -> Driver {
        var driver = Driver(columns: columns, rows: rows, model: small, glyphs: glyphs, colors: colors)
        driver.say("x")
        for (place, token) in scores.enumerated() {
            var routing = TokenRouting(
                processed: [true] + token.map { $0 >= threshold }, scores: token,
                thresholds: token.map { _ in threshold })
            routing.experts = experts
            driver.generation(
                .token(
                    GeneratedToken(
                        id: Int32(place), text: "t\(place)", delta: "t\(place)", probability: 0.5, entropy: 1,
                        runnersUp: [], routing: routing, capacity: driver.state.capacity,
                        policy: driver.state.policy)))
        }
        return driver
    }

    /// The cells of tokens in a block's row, the pads left out.
    static func row(_ block: Int, of driver: Driver) -> [Cell] {
        let frame = driver.frame
        let width = String(driver.state.model.blockCount - 1).count
        let label = String(repeating: " ", count: width - String(block).count) + "\(block) "
        for row in 1..<frame.size.rows {
            let cells = (0..<frame.size.columns).map { frame[$0, row] }
            let text = cells.map(\.text)
            // Besides the sides of the boxes there are the marks on the bars.
            let lines = text.indices.filter { ["│", "|"].contains(text[$0]) }
            guard let edge = lines.last,
                let start = lines.dropLast().last(where: { text[($0 + 2)...].joined().hasPrefix(label) })
            else { continue }
            let first = start + label.count + 2
            // Beside the realised capacity there may be a bar of it.
            let bar = edge - 7 - first < 40 ? 0 : 9
            return cells[first..<(edge - 7 - bar)].filter { $0.text != " " }
        }
        return []
    }

    @Test func bypassedCellsAreDotsAtEveryColourDepth() {
        for colors in [ColorDepth.monochrome, .eight, .twoFiftySix] {
            for (glyphs, dot) in [(GlyphSet.unicode, "·"), (.ascii, ".")] {
                let driver = Self.chat(
                    [[-1, 1, 2], [1, -1, 2], [2, 2, -1]], glyphs: glyphs, colors: colors)
                let dots = (1...3).map { Self.row($0, of: driver).map { $0.text == dot } }
                #expect(dots == [[true, false, false], [false, true, false], [false, false, true]])
                #expect(Self.row(0, of: driver).allSatisfy { $0.text != dot })
            }
        }
    }

    @Test func higherScoresAreBrighter() {
        let scores: [[Float]] = (0..<20).map { [Float($0), 0, Float(-$0)] }
        let rising = Self.row(1, of: Self.chat(scores)).map(luminance)
        #expect(rising == rising.sorted())
        #expect(Set(rising).count == 7)
    }

    @Test func theRampOrdersByLuminance() {
        for colors in [ColorDepth.eight, .twoFiftySix] {
            let scores: [[Float]] = (0..<20).map { [Float($0), 0, 0] }
            let values = Self.row(1, of: Self.chat(scores, colors: colors)).map(luminance)
            for (value, next) in zip(values, values.dropFirst()) { #expect(value <= next) }
        }
    }

    @Test func shadesCarryTheOrderWithoutColour() {
        let scores: [[Float]] = (0..<20).map { [Float($0), 0, 0] }
        for (glyphs, shades) in [(GlyphSet.unicode, "░▒▓█"), (.ascii, "-+*#")] {
            let driver = Self.chat(scores, glyphs: glyphs, colors: .monochrome)
            let steps = Self.row(1, of: driver).compactMap { cell in
                cell.text.first.flatMap { shades.firstIndex(of: $0) }
            }
            #expect(steps.count == 20 && steps == steps.sorted() && Set(steps).count == 4)
        }
    }

    /// A block whose scores are a hundred times larger looks no different: colours are ranked within the block.
    @Test func everyBlockHasItsOwnScale() {
        let scores: [[Float]] = (0..<20).map { [Float($0), Float($0) * 100, 0] }
        let driver = Self.chat(scores)
        #expect(Self.row(1, of: driver) == Self.row(2, of: driver))
    }

    @Test func oneOutlierDoesNotWashOutTheRest() {
        let scores: [[Float]] = [[1000, 0, 0]] + (0..<40).map { [Float($0 % 10), 0, 0] }
        #expect(Set(Self.row(1, of: Self.chat(scores)).map(luminance)).count >= 6)
    }

    @Test func realisedCapacityStandsAtTheSide() {
        let driver = Self.chat([[1, -1, -1], [1, 1, -1], [1, -1, -1], [1, -1, -1]])
        let screen = driver.screen
        let rows = [
            "····     │      0 %", "·█·· ██  │     25 %", "████ ████│███ 100 %", "████ ████████ 100 %",
        ]
        for row in rows { #expect(screen.contains(row)) }
        #expect(screen.contains("     2.3 depth"))
        // Five of twelve routed decisions; read: outside 100, always 100, five times 100 over four tokens, of 500.
        #expect(screen.contains("0.50 asked · 0.42 real"))
        #expect(screen.contains("reads 65 %"))
    }

    /// Two blocks a row: each half of a cell tells of its own block, whichever of them has a colour.
    @Test(arguments: [ColorDepth.monochrome, .eight, .twoFiftySix])
    func pairsOfBlocks(colors: ColorDepth) {
        var model = Self.small
        model.blockCount = 12
        model.routedBlocks = Array(1..<12)
        var driver = Driver(columns: 120, rows: 12, model: model, colors: colors)
        driver.say("x")
        let decisions = (0..<32).map { token in (0..<12).map { $0 == 0 || token * 7 / ($0 + 1) % 2 == 0 } }
        let tokens = decisions.map { processed in
            PromptToken(
                id: 0, text: "t",
                routing: TokenRouting(
                    processed: processed, scores: processed.dropFirst().map { $0 ? 1 : -1 },
                    thresholds: Array(repeating: 0, count: 11)), capacity: driver.state.capacity,
                policy: driver.state.policy)
        }
        driver.generation(.prompt(tokens: tokens, processed: 32, total: 32))
        #expect(driver.screen.contains("2 blocks a row"))
        for top in stride(from: 11, through: 1, by: -2) {
            let cells = Self.row(top, of: driver)
            #expect(cells.map { isShown($0, "▀▄") } == decisions.map { $0[top] })
            #expect(cells.map { isShown($0, "▄▀") } == decisions.map { $0[top - 1] })
        }
    }

    /// Whether the half of a cell that the first glyph fills shows anything.
    private func isShown(_ cell: Cell, _ halves: String) -> Bool {
        cell.text == "█" || cell.text == halves.prefix(1)
            || (cell.text == halves.suffix(1) && cell.style.background != .standard)
    }

    /// While someone writes, every block has its row as soon as the screen has that many.
    @Test(arguments: [(80, 36), (120, 36), (120, 37), (120, 60), (120, 35), (120, 24)])
    func oneRowABlock(columns: Int, rows: Int) {
        let driver = Driver.midReply(columns: columns, rows: rows)
        let shown = (0..<30).filter { !Self.row($0, of: driver).isEmpty }
        #expect(shown == (rows >= 36 ? Array(0..<30) : Array(stride(from: 1, through: 29, by: 2))))
        #expect(driver.screen.contains("bypassed"))
    }

    /// Where the inspector takes the room of some blocks, the chosen one stays in sight.
    @Test(arguments: [(120, 36), (120, 40), (120, 24), (80, 24), (60, 20), (40, 12)])
    func theChosenBlockIsInSight(columns: Int, rows: Int) {
        var driver = Driver.midReply(columns: columns, rows: rows)
        driver.play("<Tab><Up><Up>")
        for block in (0..<30).reversed() {
            #expect(driver.screen.contains("◆") || driver.screen.contains("◇"))
            if rows >= 24 { #expect(driver.screen.contains("block \(block) ")) }
            driver.play("<Down>")
        }
    }

    @Test func theWindowFollowsTheNewestTokenUntilOneIsChosen() {
        var driver = Self.chat((0..<200).map { _ in [1, 1, 1] })
        #expect(driver.screen.contains("token 200  \"t199\""))
        driver.play("<Tab><Left><Left>")
        #expect(driver.screen.contains("token 198  \"t197\""))
        driver.play("<Home>")
        #expect(driver.screen.contains("token 1  \"t0\""))
        #expect(driver.screen.contains("newer: End"))
        #expect(driver.screen.contains("◆"))
        // The window is full though nothing older is there to fill it.
        #expect(Self.row(3, of: driver).count == Self.row(0, of: driver).count)
        #expect(Self.row(0, of: driver).count > 30)
        driver.play("<Left><C-Right>")
        #expect(driver.screen.contains("token 11  \"t10\""))
        for _ in 0..<50 {
            driver.play("<Right>")
            #expect(driver.screen.contains("◆"))
        }
        driver.play("<End>")
        #expect(driver.screen.contains("token 200  \"t199\""))
        driver.play("<Left><Esc>")
        #expect(driver.state.focus == .composer)
        #expect(driver.screen.contains("token 200  \"t199\""))
    }

    @Test func theOldestTokensAreLetGo() {
        var driver = Self.chat((0..<8300).map { _ in [1, 1, 1] })
        driver.play("<Tab><Home>")
        #expect(driver.screen.contains("token 109  \"t108\""))
        #expect(driver.screen.contains("◆"))
    }

    @Test func theInspectorTellsWhatWasDecided() {
        var driver = Self.chat([[1.25, -0.5, 2]])
        driver.play("<Tab>")
        #expect(driver.screen.contains("block 3   score 2.00 ≥ threshold 0.00: processed"))
        driver.play("<Down>")
        #expect(driver.screen.contains("block 2   score -0.50 < threshold 0.00: bypassed"))
        driver.play("<Down><Down><Down>")
        #expect(driver.screen.contains("block 0   has no router: always processed"))
        #expect(driver.screen.contains("p 0.50   entropy 1.0   depth 3 of 4"))
        driver.play("<Up><Up><Up><Up><Up>")
        #expect(driver.screen.contains("block 3   score 2.00"))
    }

    @Test func tokensAreSpelledOut() {
        var driver = Driver()
        driver.say("x")
        driver.press(.tab)
        for (text, shown) in [
            ("\n", #""\n""#), (" \t\"\\", #"" \t\"\\""#), ("\u{1B}\u{200D}", #""\u{1B}\u{200D}""#),
        ] {
            driver.stream([text])
            #expect(driver.screen.contains("\(shown) ─"))
        }
    }

    @Test func damagedTracesAreShownAsUnknown() {
        var driver = Driver(model: Self.small)
        let traces = [
            TokenRouting(processed: [], scores: [], thresholds: []),
            TokenRouting(processed: [true, false], scores: [1], thresholds: [2, 3]),
            TokenRouting(
                processed: Array(repeating: true, count: 99), scores: [.nan, .infinity, -.infinity],
                thresholds: [.nan, .nan, .infinity]),
        ]
        var conversation = Conversation()
        let reply = conversation.append(.assistant, "?", date: .now).id
        driver.feed(
            .restored(
                conversation, as: nil,
                traces: [reply: traces.map { TracedToken(id: 0, text: "?", routing: $0, prediction: nil) }],
                contextTokens: 3))
        driver.play("<Tab>")
        for _ in 0..<12 { driver.play("<Left><Down><Up><Up>") }
        #expect(driver.screen.contains("not recorded"))
    }

    /// sRGB relative luminance of a cell's colour.
    private func luminance(_ cell: Cell) -> Double {
        guard case .indexed(let index) = cell.style.foreground else { return -1 }
        let levels = [0, 95, 135, 175, 215, 255]
        let ansi = [0x000000, 0x800000, 0x008000, 0x808000, 0x000080, 0x800080, 0x008080, 0xC0C0C0]
        let rgb: [Int]
        if index < 8 {
            let value = ansi[Int(index)]
            rgb = [value >> 16, value >> 8 & 0xFF, value & 0xFF]
        } else {
            let cube = Int(index) - 16
            rgb = [levels[cube / 36], levels[cube / 6 % 6], levels[cube % 6]]
        }
        let linear = rgb.map { Double($0) / 255 }.map { $0 * $0 }
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }
}
