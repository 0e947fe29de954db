import ChatInterface
import Conversations
import InferenceEngine
import TerminalKit
import Testing

/// A stored reply, shown again token by token.
@Suite struct ReplayTests {
    private func chat() -> Driver {
        var driver = Driver.midReply(columns: 120, rows: 40)
        driver.finish()
        return driver
    }

    /// Time passes until something would change.
    private func wait(_ driver: inout Driver) {
        guard let wake = driver.state.wakeTime else { return }
        driver.time = wake
        driver.feed(.tick(at: wake))
    }

    @Test func theReplyComesTokenByToken() {
        var driver = chat()
        driver.play("<Tab>p")
        #expect(driver.screen.contains("replay 1 of 8: Esc stops"))
        #expect(driver.screen.contains("token 29  \" At\""))
        #expect(driver.screen.contains("SmolLM2  At") && !driver.screen.contains("At sunset the"))
        wait(&driver)
        #expect(driver.screen.contains("replay 2 of 8"))
        #expect(driver.screen.contains("SmolLM2  At sunset") && !driver.screen.contains("sunset the"))
        for _ in 0..<6 { wait(&driver) }
        #expect(driver.screen.contains("At sunset the light crosses more air, so"))
        wait(&driver)
        #expect(!driver.screen.contains("replay"))
        #expect(driver.screen.contains("token 36  \" so\""))
        #expect(driver.state.wakeTime == nil)
    }

    @Test func howFarItHasComeIsSaidOnASmallScreenToo() {
        var driver = chat()
        driver.feed(.terminal(.resize(Size(columns: 80, rows: 24)), at: driver.time))
        driver.play("<Tab>mp")
        #expect(driver.screen.contains("replay 1 of 8: Esc stops"))
    }

    @Test func ticksThatComeLateShowAllTokensThatWereDue() {
        var driver = chat()
        driver.play("<Tab>p")
        driver.time += .milliseconds(400)
        driver.feed(.tick(at: driver.time))
        #expect(driver.screen.contains("replay 4 of 8"))
        driver.time += .seconds(60)
        driver.feed(.tick(at: driver.time))
        #expect(!driver.screen.contains("replay") && driver.state.wakeTime == nil)
    }

    @Test(arguments: ["p", "<Esc>", "<Tab>"] as [Script])
    func itCanBeStopped(key: Script) {
        var driver = chat()
        driver.play("<Tab>p")
        wait(&driver)
        driver.play(key)
        #expect(driver.state.focus == .heatmap && driver.state.wakeTime == nil)
        #expect(driver.screen.contains("token 30  \" sunset\""), "the token it came to stays chosen")
        #expect(driver.screen.contains("At sunset the light crosses more air, so"))
    }

    @Test func choosingATokenStopsIt() {
        var driver = chat()
        driver.play("<Tab>p")
        wait(&driver)
        driver.play("<Left>")
        #expect(driver.screen.contains("token 29  ") && !driver.screen.contains("replay"))
    }

    @Test func anEarlierReplyIsShownAgain() {
        var driver = chat()
        driver.play("<Tab>")
        for _ in 0..<14 { driver.play("<Left>") }
        driver.play("p")
        #expect(driver.screen.contains("replay 1 of 14"))
        #expect(driver.screen.contains("SmolLM2  Sunlight") && !driver.screen.contains("Sunlight meets"))
        // What was said later stands where it did.
        #expect(driver.screen.contains("And at sunset?"))
    }

    @Test func whatIsShownAgainIsInSight() {
        var driver = chat()
        for _ in 0..<30 { driver.reply(with: ["more"]) }
        #expect(!driver.screen.contains("Why is the sky blue?"))
        driver.play("<Tab>")
        for _ in 0..<20 { driver.play("<Left>") }
        driver.play("p")
        wait(&driver)
        #expect(driver.screen.contains("SmolLM2  Sunlight meets"))
    }

    @Test func notWhileAReplyComes() {
        var driver = Driver.midReply(columns: 120, rows: 40)
        driver.play("<Tab>p")
        #expect(driver.lastRow.contains("Not while a reply is coming"))
    }

    @Test func aPromptAloneIsNoReply() {
        var driver = Driver(columns: 120, rows: 40)
        driver.say("x")
        driver.readPrompt(["a", "b"])
        driver.finish(.cancelled)
        driver.play("<Tab>p")
        #expect(driver.lastRow.contains("There is no reply here"))
    }

    @Test func anotherQuestionEndsIt() {
        var driver = chat()
        driver.type("again")
        driver.play("<Tab>p")
        driver.feed(.terminal(.paste("!"), at: driver.time))
        #expect(driver.state.focus == .composer && driver.state.wakeTime == nil)
        driver.play("<Enter>")
        #expect(driver.screen.contains("At sunset the light crosses more air, so"))
    }

    @Test(arguments: [(120, 40), (80, 24), (45, 15)])
    func replay(columns: Int, rows: Int) throws {
        var driver = Driver.midReply(columns: columns, rows: rows)
        driver.finish()
        driver.play("<Tab>p")
        for _ in 0..<3 { wait(&driver) }
        try expectGolden(driver.screen, "replay-\(columns)x\(rows)")
    }
}
