import ChatInterface
import Conversations
import InferenceEngine
import MoDModel
import TerminalKit
import Testing

/// One question at two capacities.
@Suite struct ComparisonTests {
    private let half = Capacity(0.5) ?? .dense

    private func afresh(_ effects: [ChatEffect]) -> (reply: ReplyID, asked: [Said], seed: UInt64)? {
        effects.lazy.compactMap { effect in
            guard case .generateAfresh(let id, let conversation, let sampling) = effect else { return nil }
            return (id, Said.all(in: conversation), sampling.seed)
        }.first
    }

    private func compared(columns: Int = 120, rows: Int = 40) throws -> Driver {
        var driver = Driver.midReply(columns: columns, rows: rows)
        driver.finish()
        let first = driver.say("/compare 1 0.5")
        #expect(first.first == .setCapacity(.dense))
        let one = try #require(afresh(first))
        #expect(one.asked.last == Said(role: .user, content: "And at sunset?"))
        driver.stream(["The", " light", " is", " red", "."], at: .dense, of: one.reply)
        let second = driver.finish(of: one.reply)
        #expect(second.first == .setCapacity(half))
        let other = try #require(afresh(second))
        #expect(other.seed == one.seed && other.asked == one.asked && other.reply != one.reply)
        driver.stream(
            ["The", " light", " was", " gone", "!"], at: half, of: other.reply, ids: [2, 2, 9, 2, 2])
        #expect(driver.finish(of: other.reply) == [.setCapacity(driver.state.capacity)])
        return driver
    }

    @Test(arguments: [(120, 40), (80, 24), (60, 30), (45, 15), (200, 60)])
    func golden(columns: Int, rows: Int) throws {
        try expectGolden(compared(columns: columns, rows: rows).screen, "compare-\(columns)x\(rows)")
    }

    @Test func theFirstTokenThatDiffersIsMarked() throws {
        var driver = try compared()
        #expect(driver.screen.contains("the replies part at token 3"))
        #expect(driver.screen.contains("The light is red.") && driver.screen.contains("The light was gone!"))
        driver.play("<Esc>")
        #expect(!driver.screen.contains("the replies part") && driver.screen.contains("crosses more air"))
        #expect(driver.state.isReplying == false)
    }

    @Test func nothingIsKept() throws {
        let driver = try compared()
        #expect(driver.effects.filter { if case .save = $0 { true } else { false } }.count == 4)
    }

    @Test func aQuestionOfItsOwn() throws {
        var driver = Driver()
        let asked = try #require(afresh(driver.say("/compare 0.75 0.25 Why is the sky blue?")))
        #expect(asked.asked.map(\.content) == ["Why is the sky blue?"])
        #expect(driver.state.isReplying)
    }

    @Test func escStopsAndRestoresTheDial() {
        var driver = Driver()
        driver.say("/compare 0.75 0.25 Why?")
        #expect(driver.play("<Esc>") == [.cancelGeneration, .setCapacity(driver.state.capacity)])
        #expect(driver.screen.contains("Enter send"))
        driver.generation(.finished(.cancelled, .sample()), of: .first, contextTokens: 9)
        #expect(!driver.state.isReplying)
        driver.say("/compare 0.75 0.25 Why?")
        #expect(driver.play("<C-c>").first == .cancelGeneration)
    }

    @Test(arguments: ["/compare", "/compare 1", "/compare 2 1", "/compare a b c"])
    func misunderstood(text: String) {
        var driver = Driver()
        #expect(driver.say(text).isEmpty)
        #expect(driver.screen.contains("> \(text)"))
    }

    @Test func notWithoutAQuestion() {
        var driver = Driver()
        #expect(driver.say("/compare 1 0.5").isEmpty)
        #expect(driver.lastRow.contains("There is no question yet"))
    }

    @Test func charactersThatJoinAcrossTokensAreMarkedWhole() throws {
        var driver = Driver()
        let one = try #require(afresh(driver.say("/compare 1 0.5 x")))
        driver.stream(["e", "\u{301}", "e", "\u{301}"], at: .dense, of: one.reply)
        let other = try #require(afresh(driver.finish(of: one.reply)))
        driver.stream(["e", "\u{301}", "x"], at: half, of: other.reply, ids: [2, 2, 9])
        #expect(driver.screen.contains("the replies part at token 3"))
        #expect(driver.screen.contains("e\u{301}e\u{301}") && driver.screen.contains("e\u{301}x"))
    }

    @Test func onlyEscClosesIt() throws {
        var driver = try compared()
        driver.play("<Tab>x<Home>")
        #expect(driver.screen.contains("the replies part at token 3"))
    }
}

extension Driver {
    /// A reply of the comparison goes on.
    fileprivate mutating func stream(
        _ words: [String], at capacity: Capacity, of reply: ReplyID, ids: [Int32] = [2, 2, 2, 2, 2]
    ) {
        for (word, id) in zip(words, ids) {
            let token = GeneratedToken(
                id: id, text: word, delta: word, probability: 0.4, entropy: 1, runnersUp: [],
                routing: routing(),
                capacity: capacity, policy: .held)
            generation(.token(token), of: reply, contextTokens: 9)
        }
    }

    @discardableResult
    fileprivate mutating func finish(of reply: ReplyID) -> [ChatEffect] {
        generation(.finished(.endOfTurn, .sample(tokens: 5)), of: reply, contextTokens: 12)
    }
}
