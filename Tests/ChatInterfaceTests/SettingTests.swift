import ChatInterface
import Conversations
import MoDModel
import Settings
import TerminalKit
import Testing

/// What can be set in the chat.
@Suite struct SettingTests {
    @Test func aSettingCountsFromTheNextReplyOn() throws {
        var driver = Driver()
        driver.say("/set temperature 0.3")
        #expect(driver.lastRow.contains("temperature is 0.3 in this chat"))
        driver.say("/set top_p 0.5")
        driver.say("/set max-tokens 7")
        driver.say("/set seed 42")
        let sampling = try #require(driver.say("hello").sampling)
        #expect(
            sampling.temperature == 0.3 && sampling.topP == 0.5 && sampling.maximumTokens == 7
                && sampling.seed == 42)
    }

    @Test(arguments: [
        ("/set temperature hot", "temperature"), ("/set top_p 2", "0"), ("/set nonsense 1", "nonsense"),
        ("/set policy free", "held"), ("/speed fast", "/speed 120"), ("/speed 0", "/speed 120"),
        ("/speed", "/speed off"),
    ])
    func misunderstood(text: String, hint: String) {
        var driver = Driver()
        #expect(driver.say(text).isEmpty)
        #expect(driver.screen.contains("> \(text)") && driver.lastRow.contains(hint), "\(driver.lastRow)")
    }

    @Test func whatTheDialAndTheMouseAreSetTo() throws {
        var driver = Driver()
        #expect(driver.say("/set capacity 0.25") == [.setCapacity(try #require(Capacity(0.25)))])
        #expect(driver.say("/set policy table") == [.setPolicy(.table)])
        #expect(driver.say("/set mouse false") == [.setMouse(false)])
        #expect(driver.say("/set threads 3") == [])
        #expect(driver.lastRow.contains("next start"))
    }

    @Test func aWindowCountsForABudget() {
        var driver = Driver()
        driver.say("/policy budget 32")
        #expect(driver.say("/set window 128") == [.setPolicy(.budget(window: 128))])
        driver.say("/policy held")
        #expect(driver.say("/set window 64").isEmpty)
    }

    @Test func theSettingsAreListed() throws {
        var driver = Driver(columns: 120, rows: 36)
        driver.say("/set temperature 0.3")
        driver.say("/set")
        try expectGolden(driver.screen, "settings-120x36")
        driver.play("tempe<Enter>")
        #expect(driver.screen.contains("> /set temperature 0.3"))
    }

    @Test func themes() {
        var driver = Driver.midReply(columns: 100, rows: 30)
        let dark = driver.frame.styleDescription
        driver.feed(.terminal(.background(isLight: true), at: driver.time))
        let light = driver.frame.styleDescription
        #expect(light != dark)
        driver.say("/set theme dark")
        driver.feed(.tick(at: .seconds(100)))
        #expect(driver.frame.styleDescription != light)
        driver.say("/set theme contrast")
        #expect(!driver.frame.styleDescription.contains("244"))
    }

    @Test func aSpeedIsHeldUntilTheDialIsTurned() throws {
        var driver = Driver()
        #expect(driver.say("/speed 120") == [.holdSpeed(120)])
        #expect(driver.screen.contains(" of 120 tok/s"))
        driver.say("go")
        let low = try #require(Capacity(0.25))
        driver.stream([" word"], at: low)
        #expect(driver.state.capacity == low, "the dial shows what the engine chose")
        driver.finish()
        let effects = driver.play("<C-Up>")
        #expect(effects == [.holdSpeed(nil), .setCapacity(low.stepped(by: 1))])
        #expect(!driver.screen.contains(" of 120 tok/s"), "whoever turns the dial takes it over")
        driver.say("/speed 90")
        #expect(driver.say("/speed off") == [.holdSpeed(nil), .setCapacity(driver.state.capacity)])
    }

    @Test func aComparisonHoldsNoSpeed() throws {
        var driver = Driver()
        driver.say("/speed 120")
        let effects = driver.say("/compare 1 0.5 Why?")
        #expect(effects.prefix(2) == [.holdSpeed(nil), .setCapacity(.dense)])
        #expect(driver.play("<Esc>").suffix(2) == [.setCapacity(driver.state.capacity), .holdSpeed(120)])
    }
}
