import Conversations
import Settings
import Testing

@Suite("Single settings")
struct SettingTests {
    @Test("Names are told apart, are those of the file, the environment and the options, and have meanings")
    func names() throws {
        #expect(Set(Setting.all.map(\.name)).count == Setting.all.count)
        for setting in Setting.all {
            #expect(setting.name.allSatisfy { $0.isLowercase || $0 == "_" }, "\(setting.name)")
            #expect(!setting.meaning.isEmpty && !setting.meaning.hasSuffix("."))
            #expect(!setting.defaultText.isEmpty && !setting.allowed.isEmpty)
            #expect(try Setting.named(setting.name) == setting)
        }
        #expect(Setting.topP.environmentName == "FATHOM_TOP_P" && Setting.topP.optionName == "--top-p")
        #expect(try Setting.named("top-p") == .topP)
    }

    @Test("The defaults of sampling are those of a chat")
    func defaults() {
        var options = Settings().sampling
        options.seed = 7
        #expect(options == SamplingOptions(seed: 7))
    }

    @Test(
        "A text becomes a value",
        arguments: [
            (.temperature, "0", .number(0)), (.temperature, "0.25", .number(0.25)),
            (.topP, "1", .number(1)), (.seed, "7", .integer(7)), (.save, "off", .flag(false)),
            (.save, "TRUE", .flag(true)), (.mouse, "0", .flag(false)), (.policy, "budget", .text("budget")),
            (.system, "", .text("")), (.system, "Be brief.", .text("Be brief.")),
            (.draftTokens, "16", .integer(16)), (.model, "~/m.gguf", .text("~/m.gguf")),
        ] as [(Setting, String, SettingValue)])
    func values(setting: Setting, text: String, value: SettingValue) throws {
        #expect(try setting.value(of: text) == value)
    }

    @Test(
        "What a setting does not take is refused, and what it takes is said",
        arguments: [
            (.temperature, "hot", "temperature is “hot”; give 0 to 100."),
            (.temperature, "nan", "temperature is “nan”; give 0 to 100."),
            (.temperature, "-1", "temperature is “-1”; give 0 to 100."),
            (.temperature, "inf", "temperature is “inf”; give 0 to 100."),
            (.topP, "0", "top_p is “0”; give more than 0, at most 1."),
            (.repetitionPenalty, "0", "repetition_penalty is “0”; give a number above 0."),
            (.loopPenalty, "-1", "loop_penalty is “-1”; give 0 or more."),
            (.maxTokens, "0", "max_tokens is “0”; give a whole number, at least 1."),
            (.maxTokens, "1.5", "max_tokens is “1.5”; give a whole number, at least 1."),
            (.threads, "257", "threads is “257”; give a whole number, 1 to 256."),
            (.seed, "99999999999999999999", "give a whole number, at least 0."),
            (.policy, "best", "policy is “best”; give held, table or budget."),
            (.save, "maybe", "save is “maybe”; give true or false."),
            (.save, "", "save is empty; give true or false."),
            (.model, "", "model is empty; give a path."),
        ] as [(Setting, String, String)])
    func refusals(setting: Setting, text: String, says: String) throws {
        let error = #expect(throws: SettingsError.self) { try setting.value(of: text) }
        #expect(try #require(error).description.hasSuffix(says), "\(String(describing: error))")
    }

    @Test("A name and a value in one text")
    func assignments() throws {
        let one = try Setting.assignment("  top-p   0.5 ")
        #expect(one.setting == .topP && one.value == .number(0.5))
        let two = try Setting.assignment("system  Be brief, be  bold. ")
        #expect(two.setting == .system && two.value == .text("Be brief, be  bold."))
        #expect(throws: SettingsError.self) { try Setting.assignment("top_p") }
        let error = #expect(throws: SettingsError.self) { try Setting.assignment("temprature 1") }
        #expect(error?.description == "There is no setting “temprature”; do you mean temperature?")
        let far = #expect(throws: SettingsError.self) { try Setting.assignment("colour 1") }
        #expect(try #require(far).description.contains("There are model, threads, "))
    }
}
