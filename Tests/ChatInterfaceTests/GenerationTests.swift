import ChatInterface
import Conversations
import InferenceEngine
import MoDModel
import TerminalKit
import Testing

@Suite struct GenerationTests {
    @Test func aTurn() throws {
        var driver = Driver()
        let asked = driver.say("Why?")
        #expect(asked.savedQuestion == "Why?")
        let conversation = try #require(asked.conversation)
        #expect(conversation == [Said(role: .user, content: "Why?")])
        driver.readPrompt(["Why", "?"])
        driver.stream(["Because", " so", "."])
        let effects = driver.finish()
        let reply = try #require(effects.savedReply)
        #expect(reply.text == "Because so.")
        #expect(!reply.interrupted)
        #expect(reply.trace.map(\.text) == ["Why", "?", "Because", " so", "."])
        #expect(reply.trace.map { $0.prediction != nil } == [false, false, true, true, true])
        #expect(!driver.state.isReplying)
        let next = try #require(driver.say("And?").conversation)
        #expect(next.map(\.content) == ["Why?", "Because so.", "And?"])
    }

    @Test func typingGoesOnWhileAReplyComesAndWaitsForItsEnd() {
        var driver = Driver()
        driver.say("one")
        driver.stream(["two"])
        #expect(driver.say("three").isEmpty)
        driver.say("four")
        #expect(driver.screen.contains("next: three") && driver.screen.contains("next: four"))
        let effects = driver.finish()
        #expect(effects.savedReply?.text == "two" && effects.savedQuestion == "three")
        #expect(effects.conversation?.map(\.content) == ["one", "two", "three"])
        #expect(driver.state.isReplying && driver.screen.contains("next: four"))
        #expect(driver.finish().savedQuestion == "four")
        #expect(!driver.screen.contains("next: "))
    }

    @Test func whatWasToBeSaidNextComesBackWhereTheReplyIsStopped() {
        var driver = Driver()
        driver.say("one")
        driver.say("two")
        driver.say("three")
        #expect(driver.press(.escape) == [.cancelGeneration])
        #expect(driver.screen.contains("> two") && driver.screen.contains("  three"))
        #expect(driver.finish(.cancelled).savedQuestion == nil && !driver.state.isReplying)
    }

    @Test func whatWasToBeSaidNextComesBackWhereNoReplyComes() {
        var driver = Driver()
        driver.say("one")
        driver.say("two")
        driver.generation(.failed(.promptTooLong(tokens: 9000, limit: 8192)))
        #expect(driver.screen.contains("> one") && driver.screen.contains("  two"))
        #expect(!driver.state.isReplying)
    }

    @Test func whatWasToBeSaidNextStandsBeforeWhatIsBeingWritten() {
        var driver = Driver(columns: 100, rows: 30)
        driver.say("one")
        driver.say("two")
        driver.type("draft")
        driver.press(.escape)
        #expect(driver.screen.contains("> two") && driver.screen.contains("  draft"))
        driver.finish(.cancelled)
    }

    @Test func escapeStopsAReplyAndNothingElse() {
        var driver = Driver()
        #expect(driver.press(.escape).isEmpty)
        driver.say("one")
        driver.stream(["two"])
        driver.type("draft")
        #expect(driver.press(.escape) == [.cancelGeneration])
        #expect(driver.press(.escape).isEmpty)
        #expect(driver.screen.contains("> draft"))
        #expect(driver.finish(.cancelled).savedReply?.interrupted == true)
    }

    @Test func controlDLeavesWhereNothingIsWritten() {
        var driver = Driver()
        driver.play("ab<Home><C-d>")
        #expect(driver.screen.contains("> b"))
        #expect(driver.play("<C-d><C-d>") == [.quit])
    }

    @Test func controlCStopsAndASecondOneLeaves() throws {
        var driver = Driver()
        driver.say("one")
        driver.stream(["par", "tial"])
        #expect(driver.press("c", .control) == [.cancelGeneration])
        #expect(driver.lastRow.contains("Ctrl-C again leaves"))
        let effects = driver.press("c", .control)
        let reply = try #require(effects.savedReply)
        #expect(reply.text == "partial" && reply.interrupted)
        #expect(effects.dropFirst() == [.quit])
    }

    @Test func aStoppedReplyIsKeptAsStopped() throws {
        var driver = Driver()
        driver.say("one")
        driver.stream(["par", "tial"])
        driver.press("c", .control)
        let reply = try #require(driver.finish(.cancelled).savedReply)
        #expect(reply.interrupted)
        #expect(driver.screen.contains("(stopped"))
    }

    @Test func controlCTwiceLeavesWithNothingToStop() {
        var driver = Driver()
        #expect(driver.press("c", .control).isEmpty)
        #expect(driver.lastRow.contains("again to leave"))
        driver.time += .milliseconds(1900)
        #expect(driver.press("c", .control) == [.quit])
    }

    @Test func controlCForgetsWithItsNotice() {
        var driver = Driver()
        driver.press("c", .control)
        driver.time += .milliseconds(3100)
        #expect(driver.press("c", .control).isEmpty)
        #expect(driver.press("c", .control) == [.quit])
    }

    @Test func anImpatientControlCStopsOnlyOnce() {
        var driver = Driver()
        driver.say("one")
        #expect(driver.press("c", .control) == [.cancelGeneration])
        driver.time += .seconds(4)
        #expect(driver.press("c", .control).isEmpty)
    }

    @Test func hangUpSavesWhatThereIs() {
        var driver = Driver()
        driver.say("one")
        driver.stream(["two"])
        let effects = driver.feed(.terminal(.hangUp, at: driver.time))
        #expect(effects.first == .cancelGeneration)
        #expect(effects.last == .quit)
        #expect(effects.count == 3)
    }

    @Test func aMessageTooLongComesBack() {
        var driver = Driver()
        driver.say("long message")
        let effects = driver.generation(.failed(.promptTooLong(tokens: 9000, limit: 8192)))
        #expect(effects.first == .forget(Message.ID(rawValue: 1)))
        #expect(driver.screen.contains("> long message"))
        #expect(driver.lastRow.contains("9000 tokens"))
        #expect(!driver.state.isReplying)
    }

    @Test func aMessageTooLongDoesNotOverwriteTheNextOne() {
        var driver = Driver()
        driver.say("long message")
        driver.type("next")
        driver.generation(.failed(.promptTooLong(tokens: 9000, limit: 8192)))
        #expect(driver.screen.contains("> long message") && driver.screen.contains("  next"))
    }

    @Test func aFailureKeepsWhatCame() throws {
        var driver = Driver()
        driver.say("one")
        driver.stream(["two"])
        let effects = driver.generation(.failed(.model(.resources("The memory went away."))))
        let reply = try #require(effects.savedReply)
        #expect(reply.text == "two" && reply.interrupted)
        #expect(driver.lastRow.contains("The memory went away."))
    }

    @Test func aFailureBeforeTheFirstWordKeepsTheMessage() {
        var driver = Driver()
        driver.say("one")
        #expect(driver.generation(.failed(.noPrediction)).isEmpty)
        #expect(driver.screen.contains("one") && driver.screen.contains("/retry"))
    }

    @Test(
        arguments: [
            (.busy, "Ctrl-C stops it."),
            (.model(.contextFull(limit: 8192)), "/clear begins a new conversation."),
        ] as [(EngineError, String)])
    func aFailureIsToldWithTheKeyOrTheCommandThatHelps(error: EngineError, remedy: String) {
        var driver = Driver()
        driver.say("one")
        driver.generation(.failed(error))
        #expect(driver.lastRow.contains("\(error) \(remedy)"))
    }

    @Test func droppedMessagesAreTold() throws {
        var driver = Driver()
        driver.say("one")
        driver.generation(.droppedOldestMessages(4))
        #expect(driver.screen.contains("no longer sees"))
        driver.stream(["two"])
        driver.finish()
        // Notes are no part of the conversation.
        let conversation = try #require(driver.say("three").conversation)
        #expect(conversation.map(\.content) == ["one", "two", "three"])
    }

    @Test func anEmptyReplyIsSaidToBeEmpty() throws {
        var driver = Driver()
        driver.say("one")
        #expect(try #require(driver.finish().savedReply).text.isEmpty)
        #expect(driver.screen.contains("The model said nothing"))
        driver.say("/retry")
        #expect(!driver.screen.contains("The model said nothing"))
    }

    @Test func lateEventsAreIgnored() {
        var driver = Driver()
        driver.say("one")
        driver.finish(.cancelled, tokens: 0)
        let before = driver.screen
        driver.stream(["ghost"])
        #expect(driver.finish().isEmpty)
        #expect(driver.screen == before)
    }

    @Test func eventsOfAnotherReplyChangeNothing() throws {
        var driver = Driver()
        driver.say("one")
        let stopped = driver.asked
        driver.finish(.cancelled, tokens: 0)
        driver.say("two")
        driver.stream(["three"])
        #expect(driver.asked != stopped)
        let late: [GenerationEvent.Kind] = [
            .droppedOldestMessages(2), .prompt(tokens: [], processed: 1, total: 2), driver.token("ghost"),
            .finished(.endOfTurn, .sample(tokens: 1)), .failed(.noPrediction),
        ]
        let before = driver.screen
        for other in [stopped, driver.asked.next] {
            for kind in late {
                #expect(driver.generation(kind, of: other, contextTokens: 999).isEmpty)
                #expect(driver.screen == before && driver.state.isReplying, "\(kind)")
            }
        }
        #expect(driver.finish().savedReply?.text == "three")
    }

    @Test func speedIsThatOfTheNewestTokens() {
        var driver = Driver()
        driver.say("one")
        driver.stream(Array(repeating: "a", count: 10))
        driver.time += .seconds(10)
        driver.stream(Array(repeating: "a", count: 80))
        #expect(driver.screen.contains("125 tok/s"))
        driver.finish()
        #expect(driver.screen.contains("131 tok/s"))
    }

    @Test(arguments: [8, 80]) func speedOfTokensThatComeTogether(count: Int) {
        var driver = Driver()
        driver.say("one")
        // A frame's tokens are fetched one right after the other.
        for _ in 0..<30 {
            driver.time += .milliseconds(100) - .microseconds(3 * count)
            for _ in 0..<count {
                driver.time += .microseconds(3)
                driver.feed(
                    .generation(
                        GenerationEvent(driver.token("a"), of: driver.asked, contextTokens: 1),
                        at: driver.time))
            }
            #expect(driver.screen.contains("\(10 * count) tok/s") || driver.screen.contains("- tok/s"))
        }
        #expect(driver.screen.contains("\(10 * count) tok/s"))
    }

    /// The figures fit no count of tokens or events: only who shows them as told can be right.
    @Test func theContextIsAsLongAsTheEngineTells() {
        var driver = Driver()
        driver.say("one")
        let told: [(GenerationEvent.Kind, Int)] = [
            (.droppedOldestMessages(2), 700), (.prompt(tokens: [], processed: 1, total: 2), 710),
            (driver.token("a"), 650), (driver.token("b"), 651),
            (.finished(.endOfTurn, .sample(tokens: 2)), 640),
        ]
        for (kind, tokens) in told {
            driver.generation(kind, of: driver.asked, contextTokens: tokens)
            #expect(driver.screen.contains("ctx \(tokens)/8192"), "\(kind)")
        }
        driver.say("/retry")
        #expect(driver.screen.contains("ctx 640/8192"), "until the engine tells")
        driver.generation(driver.token("c"), of: driver.asked, contextTokens: 630)
        #expect(driver.screen.contains("ctx 630/8192"))
        driver.generation(.failed(.noPrediction), of: driver.asked, contextTokens: 631)
        #expect(driver.screen.contains("ctx 631/8192"))
        driver.say("two")
        driver.generation(
            .failed(.promptTooLong(tokens: 9000, limit: 8192)), of: driver.asked, contextTokens: nil)
        #expect(driver.screen.contains("ctx 631/8192"))
        driver.play("<C-u>")
        driver.say("/clear")
        #expect(driver.screen.contains("ctx 0/8192"))
    }

    @Test func theShareOfWeightsReadComesFromTheRouting() {
        var driver = Driver(capacity: .dense)
        driver.say("one")
        driver.stream(["a", "b"])
        #expect(driver.screen.contains("reads 100 %"))
    }

    @Test func controlCharactersFromTheModelAreHarmless() throws {
        var driver = Driver()
        driver.say("one")
        driver.stream(["\u{1B}[2J", "\u{9B}31m", "\u{202E}"])
        let frame = driver.frame
        for row in 0..<frame.size.rows {
            for column in 0..<frame.size.columns {
                #expect(
                    frame[column, row].text.unicodeScalars.allSatisfy {
                        $0.properties.generalCategory != .control
                    })
            }
        }
        let reply = try #require(driver.finish().savedReply)
        #expect(reply.text == "\u{1B}[2J\u{9B}31m\u{202E}")
    }

    @Test func aNewReplyTakesOldNoticesAway() {
        var driver = Driver()
        driver.say("x")
        driver.play("<C-c>")
        driver.finish(.cancelled)
        #expect(driver.screen.contains("Stopping the reply."))
        driver.say("y")
        #expect(!driver.screen.contains("Stopping the reply."))
    }
}
