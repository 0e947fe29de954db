import ConversationStore
import Conversations
import Foundation
import TestSupport
import Testing

extension Torture {
    /// Surroundings that are not like those at home.
    @Suite("Torture: environments", .serialized)
    struct EnvironmentTests {
        /// What is different.
        private static let environments: [[String: String]] = [
            ["LC_ALL": "C"], ["LC_ALL": "POSIX"], ["LC_ALL": "de_DE.UTF-8"], ["LC_ALL": "tr_TR.UTF-8"],
            ["LC_ALL": "ar_EG.UTF-8"], ["LC_ALL": "ja_JP.eucJP"], ["LC_ALL": "no_SUCH.locale"], ["LANG": ""],
            ["HOME": ""],
            ["HOME": "/nonexistent"], ["TMPDIR": "/nonexistent"], ["TERM": "unknown-type"], ["TERM": ""],
            ["PATH": "/nonexistent"], ["XDG_DATA_HOME": "relative", "HOME": "relative"],
            ["TZ": "Nowhere/Land"],
        ]

        /// The same bytes, whatever the language: numbers, sorting and upper-case letters depend on none.
        @Test("A reply and its figures are the same in every environment", arguments: environments)
        func replies(environment: [String: String]) async throws {
            let home = try Home()
            let model = try home.model()
            let arguments = [
                "run", "hello, IİıI", "--max-tokens", "8", "--temperature", "0", "--format", "json",
                "--model",
                model,
            ]
            let usual = try await Program.run(arguments, in: home)
            let outcome = try await Program.run(arguments, in: home, environment: environment)
            #expect(usual.status == 0 && outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output == usual.output)
            let config = try await Program.run(["config"], in: home, environment: environment)
            #expect(config.status == 0 && !config.lines.isEmpty, "\(config.errors)")
            let models = try await Program.run(["inspect", model], in: home, environment: environment)
            #expect(models.status == 0, "\(models.errors)")
        }

        @Test("One core, a core of several, and a halt of two seconds change nothing that is said")
        func processors() async throws {
            let home = try Home()
            let model = try home.model()
            let arguments = ["run", "hello", "--max-tokens", "200", "--seed", "7", "--model", model]
            let usual = try await Program.run(arguments, in: home)
            #expect(usual.status == 0 && !usual.output.isEmpty)
            if let taskset = Subprocess.path(of: "taskset") {
                let outcome = try await Subprocess.run(
                    taskset, ["-c", "0", try Program.built()] + arguments, in: home,
                    environment: home.environment,
                    limit: .seconds(60))
                #expect(outcome.output == usual.output, "\(outcome.errors)")
            }
            for threads in 1...3 {
                let outcome = try await Program.run(arguments + ["--threads", "\(threads)"], in: home)
                #expect(outcome.output == usual.output, "\(threads) threads")
            }
            let halted = try await Subprocess.run(
                "/bin/sh",
                [
                    "-c",
                    #""$0" "$@" & child=$!; sleep 0.05; kill -STOP $child; sleep 2; kill -CONT $child; wait $child"#,
                    try Program.built(),
                ] + arguments, in: home, environment: home.environment, limit: .seconds(60))
            #expect(halted.status == 0 && halted.output == usual.output, "\(halted.errors)")
        }

        @Test("Five programs that write to one store at once lose nothing")
        func sharedStore() async throws {
            let home = try Home()
            let rounds = Torture.minutes == nil ? 8 : 200
            let date = Date(timeIntervalSince1970: 1_800_000_000)
            var conversation = Conversation()
            conversation.append(.user, "shared question", date: date)
            conversation.append(.assistant, "shared reply", date: date)
            let store = try ConversationStore(folder: home.path("data/fathom"))
            let first = try await store.create(conversation, modelName: "m")
            let file = home.path("one.json")
            let out = try await Program.run(["export", "\(first.id)", "-o", file], in: home)
            #expect(out.status == 0, "\(out.errors)")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        for _ in 0..<rounds {
                            let outcome = try await Program.run(["import", file], in: home)
                            #expect(outcome.status == 0, "\(outcome.errors)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.conversations(limit: 10_000).count == 1 + 5 * rounds)
        }
    }
}
