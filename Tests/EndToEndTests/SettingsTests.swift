import Foundation
import Testing

/// The file of settings, the environment and `fathom config`.
@Suite("Settings", .serialized)
struct SettingsTests {
    private let file = "config/fathom/config.toml"

    private func run(
        _ arguments: [String], in home: Home, environment: [String: String] = [:]
    ) async throws -> Program.Outcome {
        try await Program.run(
            arguments, in: home,
            environment: ["XDG_CONFIG_HOME": home.path("config")].merging(environment) { $1 })
    }

    @Test("An option counts more than the environment, that more than the file, that more than the default")
    func order() async throws {
        let home = try Home()
        let model = try home.talker()
        let prompt = ["run", "--model", model, "--format", "json", "hello"]
        try home.write(file, "capacity = 0.25\nmax_tokens = 5\ntemperature = 0\npolicy = \"table\"\n")
        let fromFile = try await run(prompt, in: home)
        #expect(fromFile.status == 0 && fromFile.lines.count == 5, "\(fromFile.errors)")
        #expect(fromFile.lines.allSatisfy { $0.contains(#""capacity":0.25,"#) && $0.contains(#""table""#) })
        let environment = ["FATHOM_MAX_TOKENS": "6"]
        #expect(try await run(prompt, in: home, environment: environment).lines.count == 6)
        let option = try await run(prompt + ["--max-tokens", "7"], in: home, environment: environment)
        #expect(option.lines.count == 7)
        let held = try await run(prompt + ["--policy", "held", "--capacity", "1"], in: home)
        #expect(held.lines.allSatisfy { $0.contains(#""capacity":1,"#) && $0.contains(#""held""#) })
    }

    @Test("A system prompt, a seed and a model that are set are used")
    func values() async throws {
        let home = try Home()
        let model = try home.model()
        let options = ["--model", model, "--system", "Be brief.", "--seed", "7", "--max-tokens", "20"]
        let asked = try await run(["run", "hello"] + options, in: home)
        try home.write(
            file,
            "model = \"~/\(URL(filePath: model).lastPathComponent)\"\nsystem = \"Be brief.\"\nseed = 7\n")
        try? FileManager.default.copyItem(
            atPath: model, toPath: home.path(URL(filePath: model).lastPathComponent))
        let set = try await run(["run", "hello", "--max-tokens", "20"], in: home)
        #expect(set.status == 0 && set.output == asked.output, "\(set.errors)")
        let other = try await run(["run", "hello", "--max-tokens", "20", "--seed", "8"], in: home)
        #expect(other.output != asked.output)
    }

    @Test("A chat begins with what is set", .enabled(if: Tmux.isInstalled, Tmux.missing))
    func chat() async throws {
        let home = try Home()
        let model = try home.talker()
        try home.write(".config/fathom/config.toml", "capacity = 0.25\nsave = false\nascii = true\n")
        try await Tmux.open(home) { tmux in
            try await tmux.startChat(maximumTokens: 30, model: model)
            try await tmux.ask("hello")
            let screen = try await tmux.waitForReplyToEnd()
            #expect(screen.asked == 0.25)
            #expect(!screen.contains("│") && screen.contains("|"))
            try await tmux.leaveChat()
            #expect(!FileManager.default.fileExists(atPath: home.database.path))
            try await tmux.startChat("--save --capacity 0.5", maximumTokens: 30, model: model)
            try await tmux.ask("kept")
            let second = try await tmux.waitForReplyToEnd()
            #expect(second.asked == 0.5)
            try await tmux.leaveChat()
        }
        #expect(try await Program.run(["history"], in: home).output.contains("kept"))
    }

    @Test("fathom config says what is set and where")
    func list() async throws {
        let home = try Home()
        try home.write(file, "# mine\ntop_k = 5\n")
        let list = try await run(["config"], in: home, environment: ["FATHOM_SEED": "7"])
        #expect(list.status == 0)
        func line(_ name: String) throws -> String {
            try #require(list.lines.first { $0.hasPrefix(name + " ") })
        }
        #expect(try line("top_k").hasSuffix("  \(home.path(file)), line 2"))
        #expect(try line("seed").hasSuffix("  FATHOM_SEED") && line("seed").contains(" 7 "))
        #expect(try line("top_p").hasSuffix("  default") && line("top_p").contains(" 0.92 "))
        let path = try await run(["config", "--path"], in: home)
        #expect(path.output == home.path(file) + "\n")
    }

    @Test("fathom config changes the file and leaves what it does not change")
    func editing() async throws {
        let home = try Home()
        try home.write(file, "# mine\ntop_k = 5 # few\nstray = 1\n")
        for arguments in [
            ["unset", "stray"], ["set", "top-k", "6"], ["set", "system", "Be", "brief."],
            ["set", "seed", "7"], ["unset", "seed"],
        ] {
            let change = try await run(["config"] + arguments, in: home)
            #expect(change.status == 0 && change.output.isEmpty, "\(change.errors)")
        }
        let text = try String(contentsOfFile: home.path(file), encoding: .utf8)
        #expect(text == "# mine\ntop_k = 6 # few\nsystem = \"Be brief.\"\n")
        let value = try await run(["config", "set", "top_k", "many"], in: home)
        #expect(
            value.status == 64 && value.errors.contains("top_k is “many”; give a whole number, at least 0."))
        let name = try await run(["config", "set", "topk", "1"], in: home)
        #expect(name.status == 64 && name.errors.contains("do you mean top_k?"))
        #expect(try await run(["config", "unset", "topk"], in: home).status == 64)
        let unwritable = try await run(
            ["config", "set", "top_k", "1"], in: home, environment: ["XDG_CONFIG_HOME": "/dev/null"])
        #expect(
            unwritable.status == 73 && unwritable.errors.contains("/dev/null/fathom/config.toml cannot be"))
    }

    @Test(
        "A wrong setting stops every command that takes any, with its place and what is allowed",
        arguments: [
            (
                "top_k = 1\ntemperature = \"hot\"\n", [:],
                "line 2: temperature is the text “hot”; give 0 to 100."
            ),
            ("temprature = 1\n", [:], "line 1: there is no setting “temprature”; do you mean temperature?"),
            ("= 1\n", [:], "line 1, column 1: "),
            ("", ["FATHOM_POLICY": "best"], "FATHOM_POLICY is “best”; give held, table or budget."),
        ] as [(String, [String: String], String)])
    func faults(text: String, environment: [String: String], says: String) async throws {
        let home = try Home()
        try home.write(file, text)
        for command in [["run", "hello"], ["config"], ["inspect"]] {
            let outcome = try await run(command, in: home, environment: environment)
            #expect(outcome.status == 78 && outcome.output.isEmpty)
            #expect(
                outcome.errors.hasPrefix("fathom: ") && outcome.errors.contains(says), "\(outcome.errors)")
            #expect(outcome.errors.split(separator: "\n").count == 1)
        }
        #expect(try await run(["config", "--path"], in: home).status == 0)
    }
}
