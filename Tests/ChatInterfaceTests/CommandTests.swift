import ChatInterface
import Conversations
import InferenceEngine
import MoDModel
import TerminalKit
import Testing

@Suite struct CommandTests {
    @Test func systemStartsANewConversation() throws {
        var driver = Driver.midReply(columns: 100, rows: 30)
        driver.finish()
        let effects = driver.say("/system You are\tbrief.")
        #expect(effects == [.startConversation])
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
        #expect(driver.screen.contains("System prompt: Be kind."))
    }

    @Test func clearKeepsTheSystemPrompt() throws {
        var driver = Driver(systemPrompt: "Be kind.")
        driver.say("one")
        driver.stream(["two"])
        driver.finish()
        #expect(driver.say("/clear") == [.startConversation])
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
        let effects = driver.say("/retry")
        #expect(effects.count == 1, "the reply there is stays")
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
        let effects = driver.say("/retry")
        #expect(effects.count == 1)
        let conversation = try #require(effects.conversation)
        #expect(conversation == [Said(role: .user, content: "one")])
    }

    @Test func regenerateWithNothingSaid() {
        var driver = Driver()
        #expect(driver.say("/retry").isEmpty)
        #expect(driver.lastRow.contains("no reply"))
    }

    @Test func saveExportsWhatTheNameAsksFor() throws {
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
        for (name, start) in [("a.JSON", "{"), ("a.html", "<!DOCTYPE html>")] {
            guard case .exportTranscript(let text, name) = try #require(driver.say("/save \(name)").first)
            else {
                Issue.record("\(name) is not exported")
                continue
            }
            #expect(
                text.lowercased().hasPrefix(start.lowercased()) && text.contains("two"), "\(text.prefix(20))")
        }
    }

    @Test func anExportObeysNoEscapeSequences() throws {
        let model = ModelDescription(
            name: "bad\u{1B}]0;title\u{07}\nname", blockCount: 6, routedBlocks: [], anchorTokens: 0,
            contextLength: 512, defaultCapacity: .dense,
            weights: WeightBytes(outsideBlocks: 10, fullBlock: 10, bypassedBlock: 1))
        var driver = Driver(model: model, systemPrompt: "\u{9B}2J")
        driver.say("one")
        driver.generation(driver.token("\u{1B}[31mtwo\n\tthree"))
        driver.finish()
        guard case .exportTranscript(let text, _) = try #require(driver.say("/save").first) else {
            Issue.record("nothing is exported")
            return
        }
        #expect(
            text.unicodeScalars.allSatisfy {
                $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control
            })
        #expect(text.contains("[31mtwo\n\tthree") && text.hasPrefix("# A conversation with bad"))
        #expect(text.split(separator: "\n").first?.hasSuffix("name") == true, "the name is one line")
    }

    @Test func aWarningGoesWithWhatItWasAbout() {
        var driver = Driver()
        driver.say("/capacity 7")
        #expect(driver.lastRow.contains("A capacity is a number"))
        driver.play("<C-u>")
        driver.say("/capacity 0.25")
        #expect(driver.lastRow.contains("F1 help"))
        driver.say("/nope")
        #expect(driver.lastRow.contains("There is no /nope"))
        driver.play("<C-Up>")
        #expect(driver.lastRow.contains("F1 help"), "the dial turned")
        driver.play("<C-u>")
        driver.say("/policy nope")
        driver.play("<C-u>")
        driver.say("/policy table")
        #expect(driver.lastRow.contains("The policy is table: "))
    }

    @Test(arguments: [
        ("/policy table", RoutingPolicy.table, "table"),
        ("/policy budget", .budget(window: 64), "budget 64"),
        ("/policy  budget  32 ", .budget(window: 32), "budget 32"),
    ])
    func policy(text: String, expected: RoutingPolicy, title: String) {
        var driver = Driver.midReply(columns: 130, rows: 36)
        #expect(!driver.screen.contains("real · "), "the usual one is not told")
        #expect(driver.say(text) == [.setPolicy(expected)])
        #expect(driver.state.policy == expected && driver.state.isReplying)
        #expect(driver.lastRow.contains("The policy is \(title): "))
        #expect(driver.screen.contains("real · \(title) "))
        #expect(driver.say(text).isEmpty)
        #expect(driver.lastRow.contains("The policy is \(title) already."))
        #expect(driver.say("/policy").isEmpty)
        #expect(driver.lastRow.contains("The policy is \(title)."))
        #expect(driver.say("/policy held") == [.setPolicy(.held)])
        #expect(!driver.screen.contains("real · "))
    }

    @Test(arguments: [
        ("/policy nonsense", "A policy is held, table or budget, not nonsense"),
        ("/policy held 5", "A policy is held, table or budget, not held 5"),
        ("/policy budget 0", "A budget's window is 1 to 65536 tokens"),
        ("/policy budget x", "A budget's window is 1 to 65536 tokens"),
        ("/policy budget 8 8", "A policy is held, table or budget, not budget 8 8"),
    ])
    func refusedPolicy(text: String, hint: String) {
        var driver = Driver()
        #expect(driver.say(text).isEmpty)
        #expect(driver.lastRow.contains(hint) && driver.lastRow.contains("type /policy"))
        #expect(driver.screen.contains("> \(text)"))
    }

    @Test func aDenseModelHasNoPolicy() {
        var driver = Driver(model: .dense)
        #expect(driver.say("/policy table").isEmpty)
        #expect(driver.lastRow.contains("no depth routers"))
    }

    /// The dial stays where there is no room for the policy beside it.
    @Test func theStatusLineKeepsTheDialBesideAPolicy() {
        var driver = Driver.midReply(columns: 120, rows: 12)
        driver.say("/policy budget 4096")
        driver.stream([" more"])
        for columns in stride(from: 40, through: 160, by: 3) {
            driver.feed(.terminal(.resize(Size(columns: columns, rows: 12)), at: driver.time))
            let line = driver.screen.prefix { $0 != "\n" }
            #expect(line.contains("▏ 0.63") && line.contains(" real"))
            #expect(line.contains("budget 4096") == (columns >= 46))
            #expect(line.count <= columns && line.last != "…")
        }
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

    @Test(arguments: ["/clear", "/system x", "/retry"])
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
