import Foundation
import TestSupport
import Testing

extension Torture {
    /// A chat that goes on for long.
    @Suite("Torture: soak", .serialized, .enabled(if: Holding.canBeSeen, "Needs Linux and tmux."))
    struct SoakTests {
        @Test(
            "Memory and descriptors stay what they were after a beginning, through resizes, dial, edits and searches"
        )
        func soak() async throws {
            let home = try Home()
            let model = try home.model { $0.contextLength = 512 }
            var random = SeededGenerator(seed: 11)
            var early: Holding?
            var late: Holding?
            try await Tmux.open(home) { tmux in
                let process = try await tmux.startChat(maximumTokens: 40, model: model)
                let warm = Torture.minutes == nil ? 30 : 400
                for round in Torture.Rounds(short: 75) {
                    switch Int.random(in: 0..<8, using: &random) {
                    case 0: try await tmux.resize(columns: .random(in: 40...160, using: &random), rows: 30)
                    case 1: try await tmux.press("C-Up", "C-Down", "C-Down")
                    case 2:
                        try await tmux.enter("/edit")
                        try await tmux.enter(" again")
                    case 3:
                        try await tmux.enter("/open question")
                        // There is no list where a reply has just begun; then Escape stops that.
                        try await Task.sleep(for: .milliseconds(200))
                        try await tmux.press("Escape")
                        try await tmux.wait(for: "the chat") { !$0.contains("conversations") }
                    case 4: try await tmux.enter("/retry 0.5")
                    case 5: try await tmux.enter("/clear")
                    default: try await tmux.enter("question \(round)")
                    }
                    try await tmux.wait(for: "the end of the reply") {
                        $0.contains(" help") && !$0.isReplying
                    }
                    if round == warm { early = try Holding(process) }
                    late = try Holding(process)
                }
                try await tmux.resize(columns: 120, rows: 36)
                try await tmux.wait(for: "the chat") { $0.isChat && !$0.isReplying }
                try await tmux.leaveChat()
            }
            let (first, last) = (try #require(early), try #require(late))
            print(
                "soak: \(first.memory) kB, then \(last.memory) kB; \(first.descriptors) files, then \(last.descriptors)"
            )
            #expect(last.memory - first.memory < 2048)
            #expect(last.descriptors <= first.descriptors)
        }
    }
}

/// What a process holds.
private struct Holding {
    /// Whether this system tells.
    static let canBeSeen =
        Tmux.isInstalled && FileManager.default.fileExists(atPath: "/proc/self/smaps_rollup")

    /// Kilobytes of memory that are its own.
    let memory: Int
    let descriptors: Int

    init(_ process: pid_t) throws {
        let rollup = try String(contentsOfFile: "/proc/\(process)/smaps_rollup", encoding: .utf8)
        let lines = rollup.split(separator: "\n").filter { $0.hasPrefix("Private_") }
        memory = lines.compactMap { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
            .reduce(0, +)
        descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
    }
}
