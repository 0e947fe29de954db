import ChatInterface
import Testing

/// What was said goes to the clipboard as it was said.
@Suite struct CopyTests {
    private func chat() -> Driver {
        var driver = Driver(columns: 60, rows: 24)
        driver.say("first question")
        driver.generation(
            driver.token("A long line that is wrapped on this screen, and copied as one line.\n\n"))
        driver.generation(driver.token("```swift\nlet a = 1\n```\n~~~\n```\n  b\n~~~~\nend"))
        driver.finish()
        driver.say("second")
        driver.generation(driver.token("no code"))
        driver.finish()
        return driver
    }

    @Test(arguments: [
        ("/copy", "no code"), ("/copy 1", "no code"), ("/copy 2", "second"), ("/copy 4", "first question"),
        ("/copy code", "```\n  b"),
    ])
    func command(text: String, expected: String) {
        var driver = chat()
        #expect(driver.say(text) == [.copy(expected)])
        #expect(driver.lastRow.contains("Copied "))
    }

    @Test func aWholeReplyWithItsLines() throws {
        var driver = chat()
        guard case .copy(let text)? = driver.say("/copy 3").first else {
            Issue.record("nothing is copied")
            return
        }
        #expect(
            text.hasPrefix(
                "A long line that is wrapped on this screen, and copied as one line.\n\n```swift\n"))
        #expect(text.hasSuffix("~~~~\nend"))
    }

    @Test func theKey() {
        var driver = chat()
        driver.type("draft")
        #expect(driver.play("<A-c>") == [.copy("no code")])
        #expect(driver.screen.contains("> draft"))
    }

    @Test(arguments: ["/copy", "/copy code", "/copy 1"])
    func nothing(text: String) {
        var driver = Driver()
        #expect(driver.say(text).isEmpty)
        #expect(driver.lastRow.contains("nothing of that kind"))
    }

    @Test func unclosedCode() {
        var driver = Driver()
        driver.say("x")
        driver.generation(driver.token("```\nopen\nstill"))
        #expect(driver.say("/copy code") == [.copy("open\nstill")], "also while it comes")
    }

    @Test(arguments: ["/copy 0", "/copy -1", "/copy x"])
    func misunderstood(text: String) {
        var driver = chat()
        #expect(driver.say(text).isEmpty)
        #expect(driver.lastRow.contains("type /copy 2"))
    }
}
