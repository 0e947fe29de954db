import ChatInterface
import InferenceEngine
import MoDModel
import Testing
import Tokenization

@Suite struct RestoreTests {
    private func conversation(_ driver: inout Driver) -> [RestoredMessage] {
        let trace = ["Hello", " there"].map {
            TracedToken(id: 1, text: $0, routing: driver.routing(), prediction: nil)
        }
        return [
            RestoredMessage(message: ChatMessage(role: .system, content: "Be kind.")),
            RestoredMessage(message: ChatMessage(role: .user, content: "Hi")),
            RestoredMessage(
                message: ChatMessage(role: .assistant, content: "Hello there"), interrupted: true,
                trace: trace),
        ]
    }

    @Test func theConversationGoesOnWhereItStopped() throws {
        var driver = Driver()
        let messages = conversation(&driver)
        #expect(driver.feed(.restored(messages, contextTokens: 7)).isEmpty)
        #expect(driver.screen.contains("Hello there") && driver.screen.contains("(stopped)"))
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
        driver.feed(.restored(conversation(&driver), contextTokens: 7))
        #expect(!driver.screen.contains("old question"))
    }

    @Test func notWhileAReplyComes() {
        var driver = Driver()
        driver.say("question")
        driver.feed(.restored(conversation(&driver), contextTokens: 7))
        #expect(driver.screen.contains("question"))
    }

    @Test func theRestoredReplyCanBeMadeAnew() throws {
        var driver = Driver()
        driver.feed(.restored(conversation(&driver), contextTokens: 7))
        let effects = driver.say("/regenerate")
        #expect(effects.first == .deleteLastMessage)
        #expect(try #require(effects.conversation).last?.content == "Hi")
    }

    @Test func theEngineSaysHowLongItIs() {
        var driver = Driver()
        driver.feed(.restored(conversation(&driver), contextTokens: 1234))
        #expect(driver.screen.contains("ctx 1234/8192"))
        // The engine reads all of it anew.
        driver.say("And?")
        #expect(driver.screen.contains("ctx 1234/8192"))
        driver.readPrompt(Array(repeating: "t", count: 12))
        #expect(driver.screen.contains("ctx 12/8192"))
    }
}
