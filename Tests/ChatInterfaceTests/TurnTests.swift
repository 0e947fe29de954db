import ChatInterface
import Conversations
import FoundationEssentials
import InferenceEngine
import MoDModel
import TerminalKit
import Testing

/// Turns are tried anew, changed and taken back, and nothing that was said is lost.
@Suite struct TurnTests {
    private func chat() -> Driver {
        var driver = Driver()
        driver.say("first")
        driver.stream(["alpha"])
        driver.finish()
        driver.say("second")
        driver.stream(["beta"])
        driver.finish()
        return driver
    }

    private func heads(_ effects: [ChatEffect]) -> [Int?] {
        effects.compactMap { effect in
            if case .moveHead(let conversation) = effect {
                .some(conversation.head?.id.rawValue)
            } else {
                nil
            }
        }
    }

    @Test func anotherReplyStandsBesideTheFirst() throws {
        var driver = chat()
        let effects = driver.say("/retry 0.25")
        #expect(effects.contains(.setCapacity(try #require(Capacity(0.25)))))
        #expect(effects.conversation?.map(\.content) == ["first", "alpha", "second"])
        driver.stream(["gamma"])
        let saved = try #require(driver.finish().savedReply)
        #expect(saved.message.id.rawValue == 5 && saved.message.parent?.rawValue == 3)
        #expect(saved.message.capacity == 0.25)
        #expect(driver.screen.contains("◂ 2/2 ▸") && !driver.screen.contains("beta"))
        #expect(heads(driver.play("<A-,>")) == [4])
        #expect(driver.screen.contains("◂ 1/2 ▸") && driver.screen.contains("beta"))
        #expect(driver.play("<A-,>").isEmpty)
        #expect(driver.lastRow.contains("There is no earlier version."))
        #expect(heads(driver.play("<A-.>")) == [5])
        #expect(
            driver.say("third").conversation?.map(\.content) == [
                "first", "alpha", "second", "gamma", "third",
            ])
    }

    @Test func aStoppedReplyIsGoneOnWith() throws {
        var driver = Driver()
        driver.say("first")
        driver.stream(["al"])
        driver.finish(.cancelled)
        #expect(driver.screen.contains("(stopped; /continue)"))
        let effects = driver.say("/continue")
        #expect(effects.continuing == "al")
        #expect(effects.conversation?.map(\.content) == ["first"])
        driver.stream(["pha"])
        let saved = try #require(driver.finish().savedReply)
        #expect(saved.text == "alpha" && !saved.interrupted)
        #expect(driver.screen.contains("alpha") && driver.screen.contains("2/2"))
        driver.say("/continue")
        #expect(driver.finish(.cancelled, tokens: 0).isEmpty, "nothing more came")
        #expect(driver.screen.contains("alpha") && driver.screen.contains("2/2"))
        var other = Driver()
        #expect(other.say("/continue").isEmpty)
        #expect(other.lastRow.contains("no reply to go on with"))
    }

    @Test func theHeatmapShowsTheTokensOfTheVersionThatIsShown() {
        var driver = chat()
        driver.say("/retry")
        driver.stream(["gamma", "delta"])
        driver.finish()
        driver.play("<Tab>")
        #expect(driver.screen.contains("token 3  \"delta\""))
        driver.play("<Tab><A-,><Tab>")
        #expect(driver.screen.contains("token 2  \"beta\""))
        driver.play("<Tab><A-.><Tab>")
        #expect(driver.screen.contains("token 3  \"delta\""))
        driver.play("<Tab>")
        driver.say("/undo")
        driver.play("<Tab>")
        #expect(driver.screen.contains("token 1  \"alpha\""))
        driver.play("<Tab><C-u>")
        driver.say("/clear")
        driver.say("anew")
        driver.stream(["epsilon"])
        driver.play("<Tab>")
        #expect(driver.screen.contains("token 1  \"epsilon\""), "another conversation counts from 1")
    }

    @Test func tokensCountAsTheContextDoes() {
        var driver = Driver()
        driver.say("first")
        driver.readPrompt(["a", "b", "c"])
        driver.stream(["alpha", "beta"])
        driver.finish(context: 3)
        driver.say("/retry")
        // The prompt is in the context already.
        driver.stream(["gamma"])
        driver.finish(context: 4)
        driver.play("<Tab>")
        #expect(driver.screen.contains("token 4  \"gamma\"") && driver.screen.contains("ctx 4/"))
        driver.play("<Left>")
        #expect(driver.screen.contains("token 3  \"c\""), "what was not read again is shown, too")
        driver.play("<Tab><A-,><Tab>")
        #expect(driver.screen.contains("token 5  \"beta\"") && driver.screen.contains("ctx 5/"))
        driver.play("<Tab><A-.><Tab>")
        #expect(driver.screen.contains("token 4  \"gamma\"") && driver.screen.contains("ctx 4/"))
        driver.play("<Tab>")
        driver.say("/undo")
        driver.play("<Tab>")
        #expect(driver.screen.contains("No tokens yet.") && driver.screen.contains("ctx 0/"))
    }

    @Test func aContextThatIsReadAnewTakesThePlaceOfTheOld() {
        var driver = Driver()
        driver.say("first")
        driver.readPrompt(["a", "b", "c"])
        driver.stream(["alpha"])
        driver.finish(context: 0)
        driver.say("second")
        driver.readPrompt(["a", "b", "c", "alpha", "d"])
        driver.play("<Tab>")
        #expect(driver.screen.contains("token 5  \"d\""))
    }

    @Test func aSessionThatReadTheContextAnewShowsItOnce() {
        var driver = Driver()
        var conversation = Conversation()
        var traces: [Message.ID: [TracedToken]] = [:]
        var context: [String] = []
        for turn in ["one", "two", "three"] {
            conversation.append(.user, turn, date: .now)
            let reply = conversation.append(.assistant, turn, date: .now).id
            // The third turn went on in the second session.
            let new = ["<start>", "system", "be", "kind", turn].suffix(turn == "one" ? 5 : 1)
            let read = turn == "two" ? context + new : Array(new)
            traces[reply] = read.map { text in
                TracedToken(
                    id: Int32(text.count), text: text, routing: driver.routing(), prediction: nil)
            }
            context += new
        }
        driver.feed(.restored(conversation, as: nil, traces: traces, contextTokens: 7))
        driver.play("<Tab>")
        #expect(driver.screen.contains("token 7  \"three\""))
    }

    @Test func aLongConversationGoesOnAfterItsOldestTokensWereLetGo() {
        var driver = Driver()
        var conversation = Conversation()
        conversation.append(.user, "x", date: .now)
        let reply = conversation.append(.assistant, "y", date: .now).id
        let token = TracedToken(id: 1, text: "t", routing: driver.routing(), prediction: nil)
        let trace = Array(repeating: token, count: ChatState.mostTracedTokens + 100)
        driver.feed(.restored(conversation, as: nil, traces: [reply: trace], contextTokens: 0))
        driver.say("And?")
        driver.readPrompt(["a", "b"])
        driver.stream(["c"])
        driver.play("<Tab>")
        #expect(driver.screen.contains("token 3  \"c\""))
    }

    @Test func allThatWasTakenBackCanBeWalkedBackTo() {
        var driver = Driver()
        driver.say("first")
        driver.stream(["alpha"])
        driver.finish()
        driver.say("/undo")
        driver.play("<C-u>")
        #expect(heads(driver.play("<A-,>")) == [2])
        #expect(driver.screen.contains("alpha"))
    }

    @Test func tokensThatAReplyLeftBehindAreNotShown() {
        var driver = chat()
        driver.say("/retry")
        driver.readPrompt(["second"])
        driver.finish(.cancelled, tokens: 0)
        driver.play("<Tab>")
        #expect(driver.screen.contains("token 2  \"beta\""))
    }

    @Test func tokensOfAVersionThatIsOnlyKeptAreAskedFor() throws {
        var driver = chat()
        var conversation = Conversation()
        let question = conversation.append(.user, "q", date: .now).id
        let first = conversation.append(.assistant, "one", date: .now).id
        conversation.moveHead(to: question)
        let second = conversation.append(.assistant, "two", date: .now).id
        let trace = [TracedToken(id: 0, text: "two", routing: driver.routing(), prediction: nil)]
        driver.feed(.restored(conversation, as: 4, traces: [second: trace], contextTokens: 2))
        #expect(driver.play("<A-,>").contains(.readTraces(of: [first], request: 2)))
        let other = TracedToken(id: 0, text: "one", routing: driver.routing(), prediction: nil)
        driver.feed(.traced([first: [other]], request: 1))
        driver.play("<Tab>")
        #expect(!driver.screen.contains("\"one\""), "an answer to an earlier question")
        driver.play("<Tab>")
        driver.feed(.traced([first: [other]], request: 2))
        driver.play("<Tab>")
        #expect(driver.screen.contains("token 1  \"one\""))
        #expect(driver.play("<Tab><A-.>").allSatisfy { if case .readTraces = $0 { false } else { true } })
    }

    @Test func aCapacityGivenToRetryStaysAndSaysSo() {
        var driver = chat()
        driver.say("/retry 0.25")
        #expect(driver.lastRow.contains("The capacity stays at 0.25"))
    }

    @Test func aSeedOfOnesOwn() throws {
        var driver = chat()
        #expect(try #require(driver.say("/retry seed 77").sampling).seed == 77)
    }

    @Test func aReplyThatDoesNotComeLeavesTheOld() {
        var driver = chat()
        driver.say("/retry")
        #expect(driver.finish(.cancelled, tokens: 0).isEmpty)
        #expect(driver.screen.contains("beta") && !driver.screen.contains("/2 "))
        driver.say("/retry")
        #expect(driver.generation(.failed(.promptTooLong(tokens: 9, limit: 8))).isEmpty)
        #expect(driver.screen.contains("beta") && driver.screen.contains("second"))
    }

    @Test func anEditedQuestionBeginsABranch() throws {
        var driver = chat()
        #expect(driver.say("/edit 2").isEmpty)
        #expect(
            driver.screen.contains("> first")
                && driver.screen.contains("another version; Esc leaves it as it is"))
        let effects = driver.play(" again<Enter>")
        #expect(effects.conversation?.map(\.content) == ["first again"])
        guard case .save(let id, let conversation, _) = try #require(effects.first) else {
            Issue.record("nothing is saved")
            return
        }
        #expect(id.rawValue == 5 && conversation[id]?.parent == nil && conversation.messages.count == 5)
        driver.stream(["delta"])
        driver.finish()
        #expect(driver.screen.contains("delta") && !driver.screen.contains("beta"))
        // Back, and to the end of what followed there.
        #expect(heads(driver.play("<A-,>")) == [4])
        #expect(driver.screen.contains("beta"))
    }

    @Test func editingIsLeftWithEscape() {
        var driver = chat()
        driver.say("/edit")
        #expect(driver.screen.contains("> second"))
        driver.play(" thoughts<Esc>")
        #expect(!driver.screen.contains("another version") && !driver.screen.contains("> second"))
        #expect(driver.lastRow.contains("The message stays as it is; Ctrl-_ brings back what you wrote."))
        driver.play("<C-_>")
        #expect(driver.screen.contains("> second thoughts"))
        #expect(driver.press(.enter).conversation?.count == 5, "it goes on at the end")
        #expect(driver.finish().savedReply != nil)
        #expect(driver.say("/edit 9").isEmpty)
        #expect(driver.lastRow.contains("You have not said so much yet."))
    }

    @Test func aTurnIsTakenBack() {
        var driver = chat()
        #expect(heads(driver.say("/undo")) == [2])
        #expect(driver.screen.contains("> second") && !driver.screen.contains("beta"))
        driver.play("<C-u>")
        #expect(heads(driver.say("/undo")) == [nil])
        driver.play("<C-u>")
        #expect(driver.say("/undo").isEmpty)
        #expect(driver.lastRow.contains("There is nothing to take back."))
        #expect(driver.say("anew").conversation?.map(\.content) == ["anew"])
        driver.finish()
        #expect(heads(driver.play("<A-,>")) == [4], "what was taken back is another version")
    }

    @Test(arguments: ["/edit", "/undo", "/retry"])
    func notWhileAReplyComes(command: String) {
        var driver = chat()
        driver.say("third")
        #expect(driver.say(command).isEmpty)
        #expect(driver.lastRow.contains("stop it first"))
        driver.play("<C-u>")
        #expect(driver.play("<A-,>").isEmpty)
        #expect(driver.lastRow.contains("stop it first"))
    }

    /// Every version of every message can be come back to, however the branches lie.
    @Test func everyVersionIsReached() {
        var driver = chat()
        driver.say("/edit 2")
        driver.play("!<Enter>")
        driver.stream(["gamma"])
        driver.finish()
        driver.say("/retry")
        driver.stream(["delta"])
        driver.finish()
        #expect(heads(driver.play("<A-,>")) == [6] && driver.screen.contains("gamma"))
        #expect(heads(driver.play("<A-,>")) == [4] && driver.screen.contains("beta"))
        #expect(driver.play("<A-,>").isEmpty)
        #expect(heads(driver.play("<A-.>")) == [7], "the newest of what follows there")
        #expect(driver.screen.contains("delta"))
    }

    @Test func aRefusedEditLeavesTheBranch() {
        var driver = chat()
        driver.say("/edit 2")
        driver.play(" and more<Enter>")
        let effects = driver.generation(.failed(.promptTooLong(tokens: 9000, limit: 8192)))
        #expect(effects.contains(.forget(Message.ID(rawValue: 5))) && heads(effects) == [4])
        #expect(driver.screen.contains("beta") && driver.screen.contains("> first and more"))
        #expect(driver.screen.contains("another version"), "it is edited still")
    }

    @Test func aSlashComesBackAsItWasTyped() {
        var driver = Driver()
        driver.say("//clear")
        driver.finish()
        driver.say("/edit")
        #expect(driver.screen.contains("> //clear"))
        #expect(driver.press(.enter).savedQuestion == "/clear")
        driver.finish()
        driver.say("/undo")
        #expect(driver.screen.contains("> //clear"))
    }

    @Test func retryOfADenseModelAtACapacity() {
        var driver = Driver(model: .dense)
        driver.say("one")
        driver.finish()
        #expect(driver.say("/retry 0.5").isEmpty && driver.lastRow.contains("no depth routers"))
        #expect(driver.say("/retry").conversation?.count == 1)
    }

    @Test(arguments: ["/edit 0", "/edit x", "/retry 2", "/retry seed x", "/undo 2"])
    func misunderstood(command: String) {
        var driver = chat()
        #expect(driver.say(command).isEmpty)
        #expect(driver.screen.contains("> \(command)") && driver.lastRow.contains("type /"))
    }
}
