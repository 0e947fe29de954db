import Foundation
import Testing

extension Torture {
    /// A disk that is full, breaks or is slow, under a chat that goes on.
    @Suite(
        "Torture: a faulty disk", .serialized,
        .enabled(if: FaultyDisk.isUsable, "Needs Linux, clang and tmux."))
    struct FaultyDiskTests {
        /// A chat on a disk that has no fault as yet, in which one reply has ended; returns whose it was.
        private func chat(_ body: (Tmux, FaultyDisk) async throws -> Void) async throws -> Home {
            let home = try Home()
            let model = try home.talker()
            let disk = try await FaultyDisk(home)
            try await Tmux.open(home, environment: disk.environment) { tmux in
                try await tmux.startChat(maximumTokens: 20, model: model)
                try await tmux.ask("before it")
                try await tmux.waitForReplyToEnd()
                try await body(tmux, disk)
            }
            return home
        }

        @Test(
            "Nothing that ended is lost, the user is told, and the chat goes on",
            arguments: ["full", "broken", "unsynced", "readonly"])
        func fault(_ fault: String) async throws {
            let home = try await chat { tmux, disk in
                try disk.set(fault)
                try await tmux.ask("during it")
                try await tmux.wait(for: "the notice") { $0.contains("Not saved yet") && !$0.isReplying }
                try await tmux.ask("still during it")
                try await tmux.waitForReplyToEnd()
                try disk.set(nil)
                try await tmux.wait(for: "the other notice") { $0.contains("All that was said is saved now") }
                try await tmux.ask("after it")
                try await tmux.waitForReplyToEnd()
                try await tmux.leaveChat()
            }
            let document = try await Program.run(["export", "1", "--format", "json"], in: home)
            for question in ["before it", "during it", "still during it", "after it"] {
                #expect(document.output.contains("\"\(question)\""), "\(document.output) \(document.errors)")
            }
            #expect(try await Program.run(["history"], in: home).output.contains("   8  before it"))
        }

        @Test("What could not be saved until the end is said at the end")
        func neverMended() async throws {
            let home = try await chat { tmux, disk in
                try disk.set("full")
                try await tmux.ask("during it")
                try await tmux.wait(for: "the notice") { $0.contains("Not saved yet") && !$0.isReplying }
                let shell = try await tmux.leaveChat()
                #expect(shell.contains("2 messages were not saved: No space is left"))
            }
            // What was saved before is sound.
            #expect(try await Program.run(["history"], in: home).output.contains("   2  before it"))
        }

        @Test("While each write takes two seconds, keys are answered, and leaving waits for what is said")
        func slow() async throws {
            let home = try await chat { tmux, disk in
                try disk.set("slow")
                try await tmux.ask("during it")
                try await tmux.waitForReplyToEnd()
                var waits: [Duration] = []
                let clock = ContinuousClock()
                var typed = ""
                for character in "answered at once" {
                    typed.append(character)
                    try await tmux.type(String(character))
                    let text = typed
                    waits.append(
                        try await clock.measure {
                            while try await !tmux.screen().contains(
                                "> " + text.trimmingCharacters(in: .whitespaces))
                            {}
                        })
                }
                // Another tmux was started and had its say in each of these times.
                let median = waits.sorted()[waits.count / 2]
                #expect(median < .milliseconds(500), "\(waits)")
                try disk.set(nil)
                try await tmux.press("C-u")
                try await tmux.leaveChat()
            }
            #expect(try await Program.run(["history"], in: home).output.contains("   4  before it"))
        }
    }
}

/// A disk for one home that fails when it is told to: a library that stands between the program and the system.
struct FaultyDisk {
    /// Whether there is what this needs.
    static let isUsable: Bool = {
        #if os(Linux)
            Tmux.isInstalled && Subprocess.path(of: "clang") != nil
        #else
            false
        #endif
    }()

    private let home: Home
    private let library: String

    init(_ home: Home) async throws {
        self.home = home
        library = home.scratch.appending(path: "faulty_disk.so").path
        let source = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../FaultyDisk/faulty_disk.c").standardized.path
        let outcome = try await Subprocess.run(
            try #require(Subprocess.path(of: "clang")),
            ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], in: home,
            environment: home.environment,
            limit: .seconds(60))
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    /// What programs that are to have this disk find in their environment.
    var environment: [String: String] {
        ["LD_PRELOAD": library, "FAULTY_DISK": home.path("data/fathom")]
    }

    /// From now on the disk has a fault, or none.
    func set(_ fault: String?) throws { try home.write("data/fault", fault ?? "") }
}
