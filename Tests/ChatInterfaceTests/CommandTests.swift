import ChatInterface
import InferenceEngine
import TerminalKit
import Testing
import Tokenization

@Suite struct CommandTests {
    @Test func systemStartsANewConversation() throws {
        var driver = Driver.midReply(columns: 100, rows: 30)
        driver.finish()
        let effects = driver.say("/system You are\tbrief.")
        #expect(effects == [.startConversation(systemPrompt: "You are\tbrief.")])
        #expect(driver.lastRow.contains("New conversation with this system prompt"))
        #expect(!driver.screen.contains("sunset"))
        let next = driver.say("Hi")
        let conversation = try #require(next.conversation)
        #expect(conversation.map(\.role) == [.system, .user])
        #expect(conversation.first?.content == "You are\tbrief.")
    }

    @Test func systemAloneTellsThePrompt() {
        var driver = Driver(systemPrompt: "Be kind.")
        #expect(driver.say("/system").isEmpty)
        #expect(driver.lastRow.contains("Be kind."))
    }

    @Test func clearKeepsTheSystemPrompt() throws {
        var driver = Driver(systemPrompt: "Be kind.")
        driver.say("one")
        driver.stream(["two"])
        driver.finish()
        #expect(driver.say("/clear") == [.startConversation(systemPrompt: "Be kind.")])
        let conversation = try #require(driver.say("three").conversation)
        #expect(conversation.map(\.content) == ["Be kind.", "three"])
    }

    @Test func regenerateTakesTheReplyBackAndDrawsAnother() throws {
        var driver = Driver()
        let asked = driver.say("one")
        let first = try #require(asked.conversation)
        let sampling = try #require(asked.sampling)
        driver.stream(["old answer"])
        driver.finish()
        #expect(driver.screen.contains("SmolLM2  old answer"))
        let effects = driver.say("/regenerate")
        #expect(effects.first == .deleteLastMessage)
        let again = try #require(effects.conversation)
        let other = try #require(effects.sampling)
        #expect(again == first)
        #expect(other.seed != sampling.seed)
        #expect(!driver.screen.contains("SmolLM2  old answer"))
    }

    @Test func regenerateAsksAgainWhereNoReplyCame() throws {
        var driver = Driver()
        driver.say("one")
        driver.finish(.cancelled, tokens: 0)
        let effects = driver.say("/regenerate")
        #expect(effects.count == 1)
        let conversation = try #require(effects.conversation)
        #expect(conversation == [ChatMessage(role: .user, content: "one")])
    }

    @Test func regenerateWithNothingSaid() {
        var driver = Driver()
        #expect(driver.say("/regenerate").isEmpty)
        #expect(driver.lastRow.contains("no reply"))
    }

    @Test func saveExportsMarkdown() {
        var driver = Driver(systemPrompt: "Be kind.")
        #expect(driver.say("/save").isEmpty)
        #expect(driver.lastRow.contains("nothing to save"))
        driver.say("one")
        driver.stream(["two"])
        driver.finish()
        let text = """
            # A conversation with SmolLM2-135M-MoD

            ## System prompt

            Be kind.

            ## You

            one

            ## SmolLM2-135M-MoD

            two

            """
        #expect(driver.say("/save") == [.exportTranscript(text: text, path: nil)])
        #expect(driver.say("/save my chat.md") == [.exportTranscript(text: text, path: "my chat.md")])
    }

    @Test func quitAndHelp() {
        var driver = Driver()
        driver.say("/help")
        #expect(driver.screen.contains("In the heatmap"))
        driver.press(.escape)
        #expect(!driver.screen.contains("In the heatmap"))
        #expect(driver.say("/quit") == [.quit])
    }

    @Test(arguments: ["/", "/nope", "/Clear", "/clear now", "/quit!", "/help me"])
    func misunderstood(text: String) {
        var driver = Driver()
        #expect(driver.say(text).isEmpty)
        #expect(driver.lastRow.contains("/"))
        #expect(driver.screen.contains("> \(text)"))
    }

    @Test(arguments: ["/clear", "/system x", "/regenerate"])
    func notWhileAReplyComes(text: String) {
        var driver = Driver.midReply(columns: 100, rows: 30)
        #expect(driver.say(text).isEmpty)
        #expect(driver.lastRow.contains("stop it first"))
        #expect(driver.screen.contains("> \(text)"))
        #expect(driver.state.isReplying)
    }

    @Test func saveWorksWhileAReplyComes() {
        var driver = Driver.midReply(columns: 100, rows: 30)
        #expect(driver.say("/save x").count == 1)
    }
}
