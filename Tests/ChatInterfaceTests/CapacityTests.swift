import ChatInterface
import MoDModel
import Testing

@Suite struct CapacityTests {
    @Test func stepsBySixteenthsFromAnywhere() {
        var driver = Driver()
        driver.play("<C-Up><C-Up><C-Down><Tab>[]]<C-Down>")
        #expect(driver.turns == [0.6875, 0.75, 0.6875, 0.625, 0.6875, 0.75, 0.6875])
        #expect(driver.state.capacity.value == 0.6875)
    }

    @Test func stopsAtTheEnds() {
        var driver = Driver(capacity: Capacity(0.0625))
        driver.play("<C-Down><C-Down><C-Down>")
        #expect(driver.turns == [0])
        for _ in 0..<40 { driver.play("<C-Up>") }
        #expect(driver.state.capacity == .dense)
        #expect(driver.turns.count == 17)
    }

    @Test func equalsGoesToDenseAndBack() {
        var driver = Driver(capacity: Capacity(0.5))
        driver.play("<Tab>===")
        #expect(driver.turns == [1, 0.5, 1])
    }

    @Test func equalsGoesBackToWhereTheStepsCameFrom() {
        var driver = Driver(capacity: Capacity(0.9375))
        driver.play("<Tab>]=")
        #expect(driver.turns == [1, 0.9375])
    }

    @Test func equalsSaysWhenThereIsNothingToGoBackTo() {
        var model = ModelDescription.sample
        model.defaultCapacity = .dense
        var driver = Driver(model: model)
        #expect(driver.play("<Tab>=").isEmpty)
        #expect(driver.lastRow.contains("dense already"))
    }

    @Test func aDenseModelSaysThatTheDialDoesNothing() {
        var driver = Driver(model: .dense)
        #expect(driver.play("<C-Down><Tab>[=").isEmpty)
        #expect(driver.lastRow.contains("no depth routers"))
    }

    @Test func turnsWhileAReplyComes() {
        var driver = Driver.midReply(columns: 120, rows: 36)
        #expect(driver.play("<C-Down>") == [.setCapacity(Capacity(0.5625) ?? .dense)])
        #expect(driver.state.isReplying)
    }

    @Test(arguments: [
        ("/capacity 0.5", [0.5]), ("/capacity 0", [0]), ("/capacity  1 ", [1]), ("/capacity dense", [1]),
        ("/capacity 0.3", [0.3]), ("/capacity 0.625", []),
    ])
    func command(text: String, expected: [Double]) {
        var driver = Driver()
        driver.say(text)
        #expect(driver.turns == expected)
        #expect(driver.sent.isEmpty)
    }

    @Test(arguments: [
        "/capacity", "/capacity 1.1", "/capacity -0.1", "/capacity nan", "/capacity half", "/capacity 0,5",
    ])
    func refusedCommand(text: String) {
        var driver = Driver()
        #expect(driver.say(text).isEmpty)
        #expect(driver.lastRow.contains("a number from 0 to 1"))
        // What was typed stays, to be corrected.
        #expect(driver.screen.contains("> \(text)"))
    }

    @Test func theStatusLineFollows() {
        var driver = Driver.midReply(columns: 120, rows: 36)
        #expect(driver.screen.contains("0.63 asked · 0.61 real"))
        for _ in 0..<8 { driver.play("<C-Down>") }
        driver.stream(Array(repeating: " word", count: 64))
        let expected = driver.screen.firstMatch(of: /0\.13 asked · (0\.[0-9]+) real/)
        let real = expected.flatMap { Double($0.1) } ?? 1
        #expect(abs(real - 0.125) < 0.04)
    }

    /// What older tokens did says nothing about how the model follows the dial where it stands now.
    @Test func theRealFigureBeginsAnewWhenTheDialTurns() {
        var driver = Driver(capacity: .dense)
        driver.say("x")
        driver.stream(Array(repeating: " a", count: 70))
        #expect(driver.screen.contains("1.00 asked · 1.00 real"))
        driver.play("<C-Down>")
        #expect(driver.screen.contains("0.94 asked · - real") && driver.screen.contains("reads -"))
        #expect(driver.screen.contains("100 %"))
        driver.say("/capacity 0")
        driver.stream([" b"])
        #expect(driver.screen.contains("0.00 asked · 0.00 real"))
        driver.say("/capacity 0")
        #expect(driver.screen.contains("0.00 asked · 0.00 real"))
    }

    /// Tokens may be told after the dial turned that went through the model before.
    @Test func aTokenOfBeforeTheTurnIsNotTakenForOneAfterIt() {
        var driver = Driver(capacity: .dense)
        driver.say("x")
        driver.stream([" a"])
        driver.play("<C-Down>")
        driver.stream([" late", " later"], at: .dense)
        #expect(driver.screen.contains("0.94 asked · - real") && driver.screen.contains("reads -"))
        driver.stream([" now"])
        #expect(!driver.screen.contains("- real"))
        // Where the dial comes back to, no token has followed it since.
        driver.play("<C-Up>")
        #expect(driver.screen.contains("1.00 asked · - real"))
        driver.stream([" again"])
        #expect(driver.screen.contains("1.00 asked · 1.00 real"))
    }

    @Test func aDialThatCameBackBeforeAnyTokenHasNotTurned() {
        var driver = Driver(capacity: .dense)
        driver.say("x")
        driver.stream([" a"])
        driver.play("<C-Down><C-Up>")
        #expect(driver.screen.contains("1.00 asked · 1.00 real"))
    }

    @Test func theRealFigureBeginsAnewWithAnotherPolicy() {
        var driver = Driver(capacity: .dense)
        driver.say("x")
        driver.stream([" a"])
        driver.say("/policy table")
        driver.stream([" late"], under: .held)
        #expect(driver.screen.contains("- real"))
        driver.stream([" now"])
        #expect(driver.screen.contains("1.00 real"))
    }
}
