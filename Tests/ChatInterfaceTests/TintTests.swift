import ChatInterface
import Conversations
import Foundation
import InferenceEngine
import MoDModel
import Settings
import TerminalKit
import Testing

/// Replies whose text tells of the tokens it is made of.
@Suite struct TintTests {
    /// A reply of these tokens, which the model was so unsure of; the deltas are the texts where none are given.
    private func reply(
        _ tokens: [String], deltas: [String]? = nil, entropies: [Float] = [],
        colors: ColorDepth = .twoFiftySix
    ) -> Driver {
        var driver = Driver(columns: 120, rows: 36, model: HeatmapTests.small, colors: colors)
        driver.say("x")
        for (place, text) in tokens.enumerated() {
            // Of the three routed blocks the first tokens take one, the next two, and so on.
            let processed = [true] + (0..<3).map { $0 <= place % 3 }
            driver.generation(
                .token(
                    GeneratedToken(
                        id: 0, text: text, delta: deltas?[place] ?? text, probability: 0.5,
                        entropy: entropies.isEmpty ? 1 : entropies[place], runnersUp: [],
                        routing: TokenRouting(
                            processed: processed, scores: [0, 0, 0], thresholds: [0, 0, 0]),
                        capacity: driver.state.capacity, policy: .held)))
        }
        driver.finish()
        return driver
    }

    /// The looks of the cells that show some text in the chat pane.
    private func styles(of text: String, in driver: Driver) -> [Style] {
        let frame = driver.frame
        for row in 1..<frame.size.rows {
            let cells = (0..<60).map { frame[$0, row] }
            let shown = cells.map(\.text)
            for start in 0..<60 where shown[start...].joined().hasPrefix(text) {
                return cells[start...].prefix(text.count).map(\.style)
            }
        }
        return []
    }

    @Test func textIsTintedByDepth() {
        var driver = reply(["One", " two", " six"])
        #expect(Set(styles(of: "One two six", in: driver)) == [.plain])
        driver.play("<Tab>t")
        #expect(driver.lastRow.contains("tinted by depth"))
        #expect(driver.screen.contains("chat · tint depth"))
        driver.play("<Esc>")
        let colors = ["One", "two", "six"].map { Set(styles(of: $0, in: driver).map(\.foreground)) }
        #expect(colors.allSatisfy { $0.count == 1 } && Set(colors).count == 3)
        #expect(colors[0] == [.indexed(99)] && colors[2] == [.indexed(227)])
        driver.play("<Tab>ttt<Esc>")
        #expect(Set(styles(of: "One two six", in: driver)) == [.plain])
    }

    @Test func textIsTintedByEntropy() {
        var driver = reply(["sure", " not", " so"], entropies: [0, 4, 4])
        driver.say("/set tint entropy")
        #expect(driver.lastRow.contains("tint is entropy in this chat"))
        #expect(styles(of: "sure", in: driver).first?.foreground == .indexed(99))
        #expect(styles(of: "not", in: driver).first?.foreground == .indexed(227))
    }

    @Test func textIsTintedByWhereItSettled() {
        var driver = reply(["a1", " b2", " c3"])
        driver.play("<Tab>tt")
        let effects = driver.play("t")
        #expect(effects.contains { if case .look = $0 { true } else { false } })
        driver.feed(.answered(.settled([1, 4, 2], from: 0)))
        driver.play("<Esc>")
        // What follows the first token is the second one; of the first nothing is known.
        #expect(styles(of: "a1", in: driver).first == .plain)
        #expect(styles(of: "b2", in: driver).first?.foreground == .indexed(99))
        #expect(styles(of: "c3", in: driver).first?.foreground == .indexed(227))
    }

    @Test(arguments: [ColorDepth.monochrome, .eight])
    func textIsTintedWithFewColours(colors: ColorDepth) {
        var driver = reply(["One", " two", " six"], colors: colors)
        driver.play("<Tab>t<Esc>")
        let looks = ["One", "two", "six"].compactMap { styles(of: $0, in: driver).first }
        #expect(Set(looks).count == 3)
    }

    /// Marks of Markdown take no token's colour with them.
    @Test func markdownIsTinted() {
        var driver = reply(["- ", "**bo", "ld**", " and `", "code`", "\n- end"])
        driver.play("<Tab>t<Esc>")
        let looks = styles(of: "bold and code", in: driver)
        let tokens = [1, 1, 2, 2, nil, 3, 3, 3, nil, 4, 4, 4, 4]
        let colors: [Color] = [.indexed(99), .indexed(43), .indexed(227)]
        for (look, token) in zip(looks, tokens) {
            if let token { #expect(look.foreground == colors[token % 3]) }
        }
        #expect(looks.count == tokens.count && looks[0].attributes.contains(.bold))
        #expect(styles(of: "end", in: driver).first?.foreground == .indexed(227))
    }

    /// A character that several tokens make has the colour of the first; what follows has its own.
    @Test func charactersOfSeveralTokens() {
        var driver = reply(
            ["so ", "\u{FFFD}", "\u{FFFD}", " it", " is"], deltas: ["so ", "", "é", " it", " is"])
        driver.play("<Tab>t<Esc>")
        #expect(styles(of: "so", in: driver).first?.foreground == .indexed(99))
        #expect(styles(of: "é", in: driver).first?.foreground == .indexed(43))
        #expect(styles(of: "it", in: driver).first?.foreground == .indexed(99))
        #expect(styles(of: "is", in: driver).first?.foreground == .indexed(43))
    }

    @Test func theChosenTokenIsMarkedInTheText() {
        var driver = reply(["One", " two", " six"])
        driver.play("<Tab><Left>")
        let reverse = styles(of: "One two six", in: driver).map { $0.attributes.contains(.reverse) }
        #expect(reverse == [false, false, false, false, true, true, true, false, false, false, false])
        driver.play("<Esc>")
        #expect(styles(of: "two", in: driver).allSatisfy { !$0.attributes.contains(.reverse) })
    }

    @Test func restoredRepliesAreTinted() {
        var live = reply(["One", " two", " six"])
        let trace = live.effects.compactMap { [$0].savedReply?.trace }.last ?? []
        var conversation = Conversation()
        conversation.append(.user, "x", date: .now)
        conversation.append(.assistant, "unknown words", date: .now)
        conversation.append(.user, "x", date: .now)
        let reply = conversation.append(.assistant, "One two six", date: .now).id
        live = Driver(columns: 120, rows: 36, model: HeatmapTests.small)
        live.feed(.restored(conversation, as: nil, traces: [reply: trace], contextTokens: 9))
        live.play("<Tab>t<Esc>")
        #expect(styles(of: "One", in: live).first?.foreground == .indexed(99))
        #expect(styles(of: "six", in: live).first?.foreground == .indexed(227))
        #expect(styles(of: "unknown", in: live).first == .plain)
    }

    @Test func tintComesFromTheSettings() {
        var settings = Settings()
        settings.set(.tint, to: .text("entropy"))
        let state = ChatState(
            model: HeatmapTests.small, size: Size(columns: 100, rows: 30), start: .now, settings: settings)
        var driver = Driver()
        driver.state = state
        driver.say("x")
        #expect(driver.screen.contains("chat · tint entropy"))
    }
}
