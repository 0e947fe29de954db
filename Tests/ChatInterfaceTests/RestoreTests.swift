import ChatInterface
import Conversations
import Foundation
import InferenceEngine
import MoDModel
import Testing

@Suite struct RestoreTests {
    private func restored(_ driver: inout Driver, contextTokens: Int = 7) -> ChatEvent {
        let trace = ["Hello", " there"].map {
            TracedToken(id: 1, text: $0, routing: driver.routing(), prediction: nil)
        }
        var conversation = Conversation(systemPrompt: "Be kind.")
        conversation.append(.user, "Hi", date: .now)
        let reply = conversation.append(.assistant, "Hello there", date: .now)
        conversation.change(reply.id) { $0.isInterrupted = true }
        return .restored(conversation, as: nil, traces: [reply.id: trace], contextTokens: contextTokens)
    }

    @Test func theConversationGoesOnWhereItStopped() throws {
        var driver = Driver()
        let event = restored(&driver)
        #expect(driver.feed(event).isEmpty)
        #expect(driver.screen.contains("Hello there") && driver.screen.contains("(stopped"))
        #expect(driver.screen.contains("- real"), "nothing has followed the dial yet")
        driver.play("<Tab>")
        #expect(driver.screen.contains("token 2  \" there\""))
        driver.play("<Tab>")
        let next = try #require(driver.say("And?").conversation)
        #expect(next.map(\.content) == ["Be kind.", "Hi", "Hello there", "And?"])
    }

    @Test func itTakesThePlaceOfTheOneShown() {
        var driver = Driver()
        driver.say("old question")
        driver.finish()
        let event = restored(&driver)
        driver.feed(event)
        #expect(!driver.screen.contains("old question"))
    }

    @Test func notWhileAReplyComes() {
        var driver = Driver()
        driver.say("question")
        let event = restored(&driver)
        driver.feed(event)
        #expect(driver.screen.contains("question"))
    }

    @Test func theRestoredReplyCanBeMadeAnew() throws {
        var driver = Driver()
        let event = restored(&driver)
        driver.feed(event)
        let effects = driver.say("/retry")
        #expect(effects.count == 1, "the reply there is stays")
        #expect(try #require(effects.conversation).last?.content == "Hi")
    }

    @Test func theEngineSaysHowLongItIs() {
        var driver = Driver()
        let event = restored(&driver, contextTokens: 1234)
        driver.feed(event)
        #expect(driver.screen.contains("ctx 1234/8192"))
        // The engine reads all of it anew.
        driver.say("And?")
        #expect(driver.screen.contains("ctx 1234/8192"))
        driver.readPrompt(Array(repeating: "t", count: 12))
        #expect(driver.screen.contains("ctx 12/8192"))
    }
}
