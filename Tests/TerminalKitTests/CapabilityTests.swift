import TerminalKit
import Testing

@Suite("What terminfo says")
struct CapabilityTests {
    @Test("is sent without its delays for slow terminals")
    func padding() {
        #expect(Capability.withoutPadding("\u{1B}[m$<5/>x$<2*>") == "\u{1B}[mx")
        #expect(Capability.withoutPadding("a$<b") == "a$<b")
        #expect(Capability.withoutPadding("") == "")
    }
}
