import Conversations
import Foundation
import Settings
import TestSupport
import Testing

@Suite("The file of settings, and the environment")
struct SettingsFileTests {
    let folder: TemporaryDirectory
    let file: SettingsFile

    init() throws {
        folder = try TemporaryDirectory()
        file = SettingsFile(path: folder.url.path + "/a/config.toml")
    }

    private func write(_ text: String) throws { try write(Data(text.utf8)) }

    private func write(_ data: Data) throws {
        let url = URL(filePath: file.path)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url)
    }

    private var text: String {
        get throws { try String(contentsOfFile: file.path, encoding: .utf8) }
    }

    private func settings(_ environment: [String: String] = [:]) throws -> Settings {
        try Settings(file: file, environment: environment)
    }

    @Test("The environment counts more than the file, and the file more than the default")
    func order() throws {
        try write("# mine\n\ntemperature = 1\ntop_k = 5\nsystem = \"\"\"\nBe\nbrief.\"\"\"\nsave = false\n")
        let settings = try settings(["FATHOM_TOP_K": "6", "FATHOM_SEED": "", "OTHER": "1"])
        #expect(settings[.temperature] == .number(1) && settings[.topK] == .integer(6))
        #expect(settings.text(.system) == "Be\nbrief." && settings.flag(.save) == false)
        #expect(settings.number(.topP) == 0.92 && settings[.seed] == nil && settings[.capacity] == nil)
        #expect(settings.sampling.temperature == 1 && settings.sampling.topK == 6)
        #expect(settings.origin(of: .temperature) == .file(path: file.path, line: 3))
        #expect(settings.origin(of: .save) == .file(path: file.path, line: 8))
        #expect(settings.origin(of: .topK) == .environment("FATHOM_TOP_K"))
        #expect(settings.origin(of: .topP) == .builtIn)
        #expect("\(settings.origin(of: .save))" == "\(file.path), line 8")
    }

    @Test("No file is no fault")
    func missing() throws {
        #expect(try settings()[.temperature] == Setting.temperature.defaultValue)
        #expect(try Settings(file: nil, environment: [:]).origin(of: .topP) == .builtIn)
    }

    @Test(
        "A fault is told with its line and with what is allowed",
        arguments: [
            ("\ntemprature = 1\n", "line 2: there is no setting “temprature”; do you mean temperature?"),
            ("top_k = 1\ntemperature = \"1\"\n", "line 2: temperature is the text “1”; give 0 to 100."),
            ("temperature = 101\n", "line 1: temperature is “101”; give 0 to 100."),
            ("temperature = nan\n", "line 1: temperature is “nan”; give 0 to 100."),
            ("top_k = 1.5\n", "line 1: top_k is the number 1.5; give a whole number, at least 0."),
            ("mouse = 1\n", "line 1: mouse is the number 1; give true or false."),
            ("policy = [\"held\"]\n", "line 1: policy is a list; give held, table or budget."),
            ("policy = \"best\"\n", "line 1: policy is “best”; give held, table or budget."),
            (
                "top_k = 1\n[theme]\nname = 1\n",
                "line 2: theme is a table; give auto, dark, light or contrast."
            ),
            ("model = \"\"\n", "line 1: model is “”; give a path."),
            ("top_k = 1\ntop_k = 2\n", "line 2, column 9: "), ("top_k = \n", "line 1, column "),
            ("system = \"\"\"abc\n", "line 1, column 17: "),
            ("seed = 99999999999999999999\n", "line 1, column "),
        ])
    func faults(text: String, says: String) throws {
        try write(text)
        let error = #expect(throws: SettingsError.self) { try settings() }
        let description = try #require(error).description
        #expect(description.hasPrefix(file.path) && description.contains(says), "\(description)")
        #expect(description.hasSuffix(".") || description.hasSuffix("?"))
    }

    @Test("A fault in the environment is told with the variable")
    func variables() throws {
        let error = #expect(throws: SettingsError.self) { try settings(["FATHOM_TOP_P": "2"]) }
        #expect(error?.description == "FATHOM_TOP_P is “2”; give more than 0, at most 1.")
    }

    @Test(
        "What is no file of settings is refused",
        arguments: [
            (Data([0xFF]), "it is not UTF-8"), (Data("save = true\0".utf8), "it has a byte 0"),
            (Data(repeating: 0x0A, count: 1 << 20 + 1), "it is over 1048576 bytes"),
        ])
    func garbage(data: Data, says: String) throws {
        try write(data)
        let error = #expect(throws: SettingsError.self) { try settings() }
        #expect(error?.description == "\(file.path) cannot be read: \(says).")
    }

    @Test("A folder in place of the file is refused")
    func folderInstead() throws {
        try FileManager.default.createDirectory(
            at: URL(filePath: file.path), withIntermediateDirectories: true)
        #expect(throws: SettingsError.unreadable(path: file.path, reason: "it is no file")) {
            try settings()
        }
        #expect(throws: SettingsError.self) { try file.set(.topK, to: .integer(1)) }
    }

    @Test("A value that is set replaces the old one; comments and all other lines stay to the byte")
    func setting() throws {
        try write(
            "# mine\r\n  temperature=0.5   # c#ool\r\n\nsystem = '''\n# no comment\n''' # a comment\n"
                + "policy = \"held\" #\"\n")
        try file.set(.temperature, to: .number(1))
        try file.set(.system, to: .text("say \"a\\b\"\n\tand \u{1B} ü"))
        try file.set(.policy, to: .text("table"))
        try file.set(.topK, to: .integer(3))
        let system = #"system = "say \"a\\b\"\n\tand \u001b ü" # a comment"#
        #expect(
            try text
                == "# mine\r\ntemperature = 1   # c#ool\r\n\n\(system)\npolicy = \"table\" #\"\ntop_k = 3\n")
        let settings = try settings()
        #expect(settings.text(.system) == "say \"a\\b\"\n\tand \u{1B} ü")
        #expect(settings[.temperature] == .number(1) && settings[.topK] == .integer(3))
        #expect(settings.origin(of: .topK) == .file(path: file.path, line: 6))
    }

    @Test("The first setting makes the file; a file without a last line feed gets one")
    func making() throws {
        try file.set(.mouse, to: .flag(false))
        #expect(try text == "mouse = false\n")
        try write("mouse = false")
        try file.set(.save, to: .flag(true))
        #expect(try text == "mouse = false\nsave = true\n")
        #expect(try settings().flag(.mouse) == false)
    }

    @Test("A setting is put before tables, where it would be another's")
    func tables() throws {
        try write("[other]\nx = 1\n")
        try file.set(.save, to: .flag(true))
        #expect(try text == "save = true\n[other]\nx = 1\n")
        #expect(try file.remove("other") == false)
    }

    @Test("Taking a setting out leaves all other lines")
    func removal() throws {
        #expect(try file.remove("save") == false)
        try write("# a\nsave = true # b\nstray = 1\n# c\n")
        #expect(try file.remove("top_k") == false)
        #expect(try file.remove("save") && file.remove("stray"))
        #expect(try text == "# a\n# c\n")
    }

    @Test("A file that is no TOML is not written over")
    func unsound() throws {
        try write("save = \n")
        #expect(throws: SettingsError.self) { try file.set(.save, to: .flag(true)) }
        #expect(throws: SettingsError.self) { try file.remove("save") }
        #expect(try text == "save = \n")
    }

    @Test("Of a link, what it leads to is written")
    func link() throws {
        try write("save = true\n")
        let link = SettingsFile(path: folder.url.path + "/link.toml")
        try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: file.path)
        try link.set(.save, to: .flag(false))
        #expect(try text == "save = false\n")
    }

    @Test("The file is where the XDG specification has it")
    func place() throws {
        let given = try SettingsFile(home: "/h", environment: ["XDG_CONFIG_HOME": "/c"])
        #expect(given.path == "/c/fathom/config.toml")
        let relative = try SettingsFile(home: "/h", environment: ["XDG_CONFIG_HOME": "c"])
        #expect(relative.path == "/h/.config/fathom/config.toml")
        #expect(throws: SettingsError.noHome) { try SettingsFile(home: nil, environment: [:]) }
    }
}
