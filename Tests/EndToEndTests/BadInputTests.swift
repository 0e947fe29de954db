import ConversationStore
import Conversations
import Foundation
import GGUF
import TestSupport
import Testing

/// What is unusable is refused in one line and with the documented exit code.
@Suite("Bad input", .serialized)
struct BadInputTests {
    /// One clear line on standard error, the exit code, nothing on standard output.
    private func check(
        _ outcome: Program.Outcome, code: Int32, says part: String, mayPrint: Bool = false,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            !outcome.wasKilled && outcome.status == code, "\(outcome.errors)", sourceLocation: sourceLocation)
        #expect(mayPrint || outcome.output == "", sourceLocation: sourceLocation)
        let lines = outcome.errors.split(separator: "\n")
        #expect(lines.count == 1, "\(outcome.errors)", sourceLocation: sourceLocation)
        #expect(
            outcome.errors.hasPrefix("fathom: ") && outcome.errors.contains(part), "\(outcome.errors)",
            sourceLocation: sourceLocation)
    }

    #if os(Linux)
        /// There is no room for the stacks.
        @Test("Threads that the system refuses")
        func refusedThreads() async throws {
            let home = try Home()
            let limited = #"ulimit -v 900000 && exec "$0" "$@""#
            let command = [
                try Program.built(), "run", "hello", "--model", try home.model(), "--threads", "250",
            ]
            let outcome = try await Subprocess.run(
                "/bin/sh", ["-c", limited] + command, in: home, environment: home.environment,
                limit: .seconds(30))
            check(outcome, code: 66, says: "--threads")
        }
    #endif

    @Test("Model files", arguments: [["inspect"], ["run", "hello", "--model"]])
    func models(command: [String]) async throws {
        let home = try Home()
        let good = try Data(contentsOf: URL(filePath: try home.model()))
        var spoilt = good
        // The count of tensors.
        spoilt.replaceSubrange(8..<16, with: [UInt8](repeating: 0xFF, count: 8))
        var alien = TinyModel().metadata
        alien["general.architecture"] = .string("mamba")
        try GGUFWriter(metadata: alien).write(to: home.path("alien.gguf"))
        let files = [
            ("missing", home.path("missing.gguf")), ("folder", home.folder.path),
            ("truncated", try home.write("truncated.gguf", good.prefix(good.count / 2))),
            ("header", try home.write("header.gguf", good.prefix(100))),
            ("spoilt", try home.write("spoilt.gguf", spoilt)),
            ("foreign", try home.write("foreign.gguf", "#!/bin/sh\necho hello\n")),
            ("empty", try home.write("empty.gguf", Data())), ("alien", home.path("alien.gguf")),
            ("controls", home.path("\u{1B}[31mred\n.gguf")),
        ]
        for (name, file) in files {
            let outcome = try await Program.run(command + [file], in: home)
            // Of a sound file with a model of another kind, `inspect` tells what it can.
            let tells = name == "alien" && command == ["inspect"]
            check(outcome, code: 66, says: name == "alien" ? "mamba" : ".", mayPrint: tells)
            #expect(!outcome.errors.contains("\u{1B}"))
        }
    }

    @Test("Prompts")
    func prompts() async throws {
        let home = try Home()
        let run = ["run", "--model", try home.model()]
        check(try await Program.run(run, in: home), code: 65, says: "The prompt is empty.")
        check(
            try await Program.run(run, in: home, input: Data("\n\n".utf8)), code: 65,
            says: "The prompt is empty.")
        check(try await Program.run(run + [""], in: home), code: 65, says: "The prompt is empty.")
        check(
            try await Program.run(run, in: home, input: Data([0x68, 0xFF, 0xFE])), code: 65, says: "not UTF-8"
        )
        check(
            try await Program.run(run, in: home, input: Data(String(repeating: "x", count: 5000).utf8)),
            code: 65,
            says: "has at least ")
        let files = [
            (home.path("missing.txt"), "missing.txt cannot be read: No such file"),
            (home.folder.path, "cannot be read: Is a directory"),
            (try home.write("latin1.txt", Data([0xE9, 0x0A])), "latin1.txt is not UTF-8"),
            (try home.write("long.txt", Data(repeating: 0x0A, count: 16 << 20 + 1)), "long.txt is too long"),
            (try home.write("empty.txt", "\n"), "The prompt is empty."),
        ]
        for (file, part) in files {
            let outcome = try await Program.run(run + ["--format", "markdown", "--file", file], in: home)
            check(outcome, code: 65, says: part)
        }
        var start = ContinuousClock.now
        check(
            try await Program.run(
                run + ["hello", "--file", try home.write("some.txt", Data(repeating: 0x0A, count: 9 << 20))],
                in: home, input: Data(repeating: 0x0A, count: 8 << 20)),
            code: 65, says: "Standard input is too long")
        let reading = ContinuousClock.now - start
        // A word of megabytes is not taken apart first.
        start = .now
        check(
            try await Program.run(run, in: home, input: Data(repeating: 0x78, count: 15_000_000)), code: 65,
            says: "has at least ")
        #expect(ContinuousClock.now - start < .seconds(4) + reading * 4)
    }

    @Test("Escape sequences in what a model's file says of itself", arguments: ["inspect", "eval", "bench"])
    func escapes(command: String) async throws {
        let home = try Home()
        var writer = try TinyModel().writer()
        writer.metadata["general.name"] = .string("bad\u{1B}]0;title\u{07}\u{9B}2Jname")
        try writer.write(to: home.path("escape.gguf"))
        let text = try home.write("text.txt", String(repeating: "hello the and ", count: 40))
        let arguments =
            switch command {
            case "inspect": ["inspect", "--tensors", home.path("escape.gguf")]
            case "eval": ["eval", text, "--model", home.path("escape.gguf"), "--capacities", "1"]
            default: ["bench", "--quick", "--model", home.path("escape.gguf")]
            }
        let outcome = try await Program.run(arguments, in: home)
        let all = outcome.output + outcome.errors
        let harmless = all.unicodeScalars.allSatisfy {
            "\n\r\t".unicodeScalars.contains($0) || $0.properties.generalCategory != .control
        }
        #expect(harmless, "\(all)")
        if command == "inspect" { #expect(all.contains("bad") && all.contains("name")) }
    }

    /// As somebody whom the system does not know, and who may not write.
    private func asNobody(_ arguments: [String], in home: Home, environment: [String: String]) async throws
        -> Program.Outcome
    {
        let command = ["--reuid", "54321", "--clear-groups", try Program.built()] + arguments
        return try await Subprocess.run(
            "/usr/bin/setpriv", command, in: home, environment: environment, limit: .seconds(60))
    }

    private static let canBecomeNobody =
        geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")

    @Test("A user without a home", .enabled(if: canBecomeNobody, "only root becomes another"))
    func homeless() async throws {
        let home = try Home()
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: home.folder.path)
        for environment in [["HOME": ""], [:], ["HOME": "relative", "XDG_DATA_HOME": "relative"]] {
            let outcome = try await asNobody(["history"], in: home, environment: environment)
            check(outcome, code: 74, says: "Set HOME or XDG_DATA_HOME")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.folder.path).isEmpty)
    }

    @Test(
        "Conversations that may be read and not written",
        .enabled(if: canBecomeNobody, "only root becomes another"))
    func readOnlyStore() async throws {
        let home = try Home()
        var conversation = Conversation()
        conversation.append(.user, "the only question", date: .now)
        _ = try await ConversationStore(folder: home.folder.path + "/data/fathom")
            .create(conversation, modelName: "m")
        for (path, mode) in [
            ("data", 0o755), ("data/fathom", 0o755), ("data/fathom/conversations.sqlite", 0o644),
        ] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: home.path(path))
        }
        let environment = home.environment
        let listed = try await asNobody(["history"], in: home, environment: environment)
        #expect(listed.status == 0 && listed.output.contains("the only question"), "\(listed.errors)")
        let deleted = try await asNobody(["history", "--delete", "1"], in: home, environment: environment)
        check(deleted, code: 74, says: "cannot be written")
        #expect(!deleted.errors.contains("--no-save"))
    }

    @Test(
        "Numbers",
        arguments: [["--capacity", "7"], ["--capacity", "-0.1"], ["--capacity", "nan"], ["--top-p", "2"]])
    func numbers(option: [String]) async throws {
        let home = try Home()
        let outcome = try await Program.run(["run", "hello"] + option, in: home)
        #expect(!outcome.wasKilled && outcome.status == 64)
        #expect(outcome.output == "" && outcome.errors.contains("Error: "))
        #expect(outcome.errors.contains(option[0]))
    }

    @Test(
        "Drafts that cannot be made",
        arguments: [
            ["--draft-tokens", "17"], ["--draft-capacity", "0.5"],
            ["--draft-tokens", "2", "--draft-capacity", "1"],
            ["--draft-tokens", "2", "--draft-capacity", "0.5", "--capacity", "0.5"],
        ])
    func drafts(options: [String]) async throws {
        let home = try Home()
        let outcome = try await Program.run(["run", "--model", home.model(), "hello"] + options, in: home)
        #expect(outcome.status == 64 && outcome.output == "")
        #expect(outcome.errors.contains("Error: ") && outcome.errors.contains(" give "), "\(outcome.errors)")
    }

    @Test(
        "Policies that do not go together",
        arguments: [
            (["--policy", "nonsense"], "'held', 'table' or 'budget'"),
            (["--window", "8"], "give both, or leave --window out"),
            (["--policy", "held", "--window", "8"], "give both, or leave --window out"),
            (["--policy", "budget", "--window", "0"], "give 1 to 65536 tokens"),
        ])
    func policies(options: [String], says: String) async throws {
        let home = try Home()
        let outcome = try await Program.run(["run", "--model", home.model(), "hello"] + options, in: home)
        #expect(outcome.status == 64 && outcome.output == "")
        #expect(outcome.errors.contains("Error: ") && outcome.errors.contains(says), "\(outcome.errors)")
    }

    @Test("A dense model has no policy", arguments: [["run", "hello"], ["eval", "text.txt"]])
    func densePolicy(command: [String]) async throws {
        let home = try Home()
        let dense = try home.model { $0.routedBlocks = [] }
        let outcome = try await Program.run(command + ["--model", dense, "--policy", "held"], in: home)
        #expect(outcome.status == 64 && outcome.output == "")
        #expect(outcome.errors.contains("leave --policy out"), "\(outcome.errors)")
    }

    @Test("A dense model drafts nothing")
    func denseDrafts() async throws {
        let home = try Home()
        let dense = try home.model { $0.routedBlocks = [] }
        let outcome = try await Program.run(
            ["run", "--model", dense, "--draft-tokens", "2", "hello"], in: home)
        #expect(outcome.status == 64 && outcome.output == "")
        #expect(outcome.errors.contains("no routers"), "\(outcome.errors)")
    }

    @Test("A chat needs a terminal")
    func noTerminal() async throws {
        let home = try Home()
        let outcome = try await Program.run(["chat", "--model", try home.model()], in: home)
        check(outcome, code: 69, says: "fathom run")
    }

    @Test("Texts, outputs and stores")
    func files() async throws {
        let home = try Home()
        let model = try home.model()
        check(
            try await Program.run(["eval", home.path("missing.txt"), "--model", model], in: home), code: 65,
            says: "missing.txt")
        let text = try home.write("latin1.txt", Data([0xE9, 0x0A]))
        check(try await Program.run(["eval", text, "--model", model], in: home), code: 65, says: "UTF-8")
        // Said before minutes of work, so before anything is read.
        for command in ["calibrate", "convert"] {
            check(
                try await Program.run(
                    [command, home.path("missing.gguf"), "-o", "/dev/null/out.gguf"], in: home), code: 73,
                says: "/dev/null/out.gguf")
        }
        check(
            try await Program.run(["history"], in: home, environment: ["XDG_DATA_HOME": "/dev/null"]),
            code: 74,
            says: "XDG_DATA_HOME")
        let garbage = Data(repeating: 0x5A, count: 9000)
        try home.write("data/fathom/conversations.sqlite", garbage)
        check(try await Program.run(["history"], in: home), code: 74, says: "Move it away")
        #expect(try Data(contentsOf: home.database) == garbage)
    }
}
