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

    /// A machine on which a token takes as long as its bytes; tokens come in bunches of a tenth of a second.
    @Test(arguments: [110.0, 140, 200])
    func theGovernorHoldsASpeed(target: Double) throws {
        var driver = Driver()
        driver.say("/capacity 1")
        driver.say("/speed \(target)")
        #expect(driver.screen.contains(" of \(Int(target)) tok/s"))
        driver.say("go")
        let weights = ModelDescription.sample.weights
        var (count, waited, time) = (0, Duration.zero, Duration.zero)
        var spans: [Duration] = []
        var tokens: [Int] = []
        for _ in 0..<400 {
            let bytes =
                Double(weights.outsideBlocks + 2 * weights.fullBlock + 28 * weights.bypassedBlock)
                + driver.state.capacity.value * 28 * Double(weights.fullBlock - weights.bypassedBlock)
            let seconds = Duration.seconds(bytes / 13e9)
            waited += seconds
            time += seconds
            count += 1
            guard waited >= .milliseconds(100) else { continue }
            // All tokens of a frame have one time.
            driver.time += waited
            let now = driver.time
            for _ in 0..<count {
                driver.stream([" word"])
                driver.time = now
            }
            spans.append(waited)
            tokens.append(count)
            (count, waited) = (0, .zero)
        }
        let late = zip(spans, tokens).dropFirst(spans.count / 2)
        let speed = Double(late.reduce(0) { $0 + $1.1 }) / (late.reduce(.zero) { $0 + $1.0 } / .seconds(1))
        #expect(abs(speed / target - 1) < 0.05, "\(speed)")
        driver.finish()
        driver.play("<C-Up>")
        #expect(!driver.screen.contains(" of \(Int(target)) tok/s"), "whoever turns the dial takes it over")
    }
}
