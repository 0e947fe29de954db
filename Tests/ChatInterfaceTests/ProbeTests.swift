import ChatInterface
import Conversations
import InferenceEngine
import MoDModel
import TerminalKit
import Testing

/// Looks into tokens, and what the heatmap's colours tell.
@Suite struct ProbeTests {
    private func chat(columns: Int = 120, rows: Int = 40, glyphs: GlyphSet = .unicode) -> Driver {
        var driver = Driver.midReply(columns: columns, rows: rows, glyphs: glyphs)
        driver.finish()
        driver.press(.tab)
        return driver
    }

    private func candidate(_ text: String, _ p: Float) -> GeneratedToken.Candidate {
        GeneratedToken.Candidate(id: Int32(text.count), text: text, probability: p)
    }

    private func reading(_ grades: [Grade]) -> LogitLens.Reading {
        let depths = (0...30).map { depth in
            LogitLens.Depth(
                top: [depth < 18 ? candidate(" early", 0.1) : candidate(" so", Float(depth) / 40)],
                entropy: 2,
                finalProbability: Float(depth) / 40, nextProbability: nil)
        }
        return LogitLens.Reading(
            position: 40, id: 2, text: " so", next: candidate(" it", 0.3), grades: grades, work: 0.63,
            depths: depths)
    }

    private func whatIf(_ grades: [Grade], _ changes: [WhatIf.Change]) -> WhatIf {
        let before = WhatIf.Prediction(firstChoice: candidate(" so", 0.7), nextProbability: 0.1, entropy: 1)
        return WhatIf(
            position: 40, grades: grades, prediction: before,
            outcomes: changes.enumerated().map { index, change in
                var changed = grades
                if case .block(let block, let grade) = change { changed[block] = grade }
                let choice = index.isMultiple(of: 7) ? candidate(" other", 0.4) : candidate(" so", 0.6)
                return WhatIf.Outcome(
                    change: change, grades: changed, divergence: Double(index) / 100,
                    prediction: WhatIf.Prediction(firstChoice: choice, nextProbability: 0.2, entropy: 1))
            })
    }

    private func asked(_ effects: [ChatEffect]) -> DepthQuestion? {
        effects.lazy.compactMap { if case .look(let question) = $0 { question } else { nil } }.first
    }

    private func answered(columns: Int = 120, rows: Int = 40, glyphs: GlyphSet = .unicode) throws -> Driver {
        var driver = chat(columns: columns, rows: rows, glyphs: glyphs)
        let question = try #require(asked(driver.play("l")))
        guard case .token(let place) = question.aim else { throw CancellationError() }
        let ordinal = question.firstOrdinal + place
        #expect(driver.screen.contains("computing"))
        let grades = question.turn[place].routing.grades
        driver.feed(.answered(.lens(reading(grades), ordinal: ordinal)))
        #expect(columns < 100 || driver.screen.contains("trying other grades"))
        driver.feed(.answered(.whatIf(whatIf(grades, question.changes), ordinal: ordinal)))
        return driver
    }

    @Test(arguments: [(120, 40), (80, 24), (40, 12), (200, 60)])
    func golden(columns: Int, rows: Int) throws {
        try expectGolden(answered(columns: columns, rows: rows).screen, "probe-\(columns)x\(rows)")
    }

    @Test func goldenInASCII() throws {
        let screen = try answered(glyphs: .ascii).screen
        #expect(screen.allSatisfy { $0.isASCII })
        try expectGolden(screen, "probe-ascii")
    }

    @Test func aQuestionNamesTheTurnAndItsChanges() throws {
        var driver = chat()
        let question = try #require(asked(driver.play("<Left>l")))
        #expect(question.turn.map(\.text).first == "And" && question.turn.last?.text == " so")
        #expect(question.aim == .token(place: question.turn.count - 2))
        #expect(question.changes.count == 29 && question.changes.last == .allBlocks(.full))
        let grades = question.turn[question.turn.count - 2].routing.grades
        for case .block(let block, let grade) in question.changes { #expect(grade != grades[block]) }
        #expect(question.conversation.branch.last?.text.contains("crosses more air") == true)
        let next = try #require(asked(driver.play("<Left>")))
        #expect(next.aim == .token(place: question.turn.count - 3))
        driver.play("<Down>")
        #expect(driver.screen.contains("computing"))
        driver.play("<Esc>")
        #expect(!driver.screen.contains("computing"))
    }

    @Test func theDialShowsWhatAnotherCapacityWouldHaveDone() throws {
        var driver = try answered()
        #expect(driver.screen.contains("[ ] grey: at capacity 0.63"))
        let count = { (driver: Driver) in
            driver.screen.split(separator: "\n").count { $0.contains(/[0-9] [█·] ·  0/) }
        }
        let before = count(driver)
        for _ in 0..<8 { driver.play("[") }
        #expect(driver.screen.contains("[ ] grey: at capacity 0.13"))
        #expect(count(driver) > before, "at a lower capacity fewer blocks would have taken it")
    }

    @Test func answersAboutOtherTokensAreLeftOut() throws {
        var driver = chat()
        driver.play("l")
        driver.feed(.answered(.lens(reading(Array(repeating: .full, count: 30)), ordinal: 3)))
        #expect(driver.screen.contains("computing"))
        driver.feed(.answered(.failed("no memory")))
        #expect(driver.screen.contains("no memory"))
    }

    @Test func notWhileAReplyComes() {
        var driver = Driver.midReply(columns: 100, rows: 30)
        #expect(driver.play("<Tab>l").isEmpty)
        #expect(driver.lastRow.contains("Not while a reply is coming"))
    }

    @Test func modesOfTheMap() throws {
        var driver = chat()
        var seen: [String] = [driver.frame.styleDescription]
        for name in ["processed", "margin", "rank"] {
            #expect(driver.play("m").isEmpty)
            #expect(driver.screen.contains("depth · \(name)"))
            let styles = driver.frame.styleDescription
            #expect(!seen.contains(styles), "\(name) looks like another mode")
            seen.append(styles)
        }
        let question = try #require(asked(driver.play("m")))
        #expect(question.aim == .turn)
        driver.feed(.answered(.settled([5, 30, 12], from: question.firstOrdinal)))
        driver.feed(.answered(.correlation(0.214, tokens: 3)))
        try expectGolden(driver.screen, "settled-120x40")
        #expect(driver.screen.contains("rank correlation with work 0.21"))
        driver.feed(.terminal(.resize(Size(columns: 80, rows: 24)), at: driver.time))
        #expect(driver.screen.contains("depth · settled · corr. 0.21"))
        driver.feed(.terminal(.resize(Size(columns: 120, rows: 40)), at: driver.time))
        driver.play("m")
        #expect(!driver.screen.contains("settled"))
    }
}
