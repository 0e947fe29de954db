import ConversationStore
import Foundation
import GRDB
import TestSupport
import Testing

extension Torture {
    /// A chat that is killed at any moment, again and again.
    @Suite("Torture: killed", .serialized, .enabled(if: Tmux.isInstalled, Tmux.missing))
    struct KilledTests {
        @Test(
            "kill -9 at random instants of a scripted chat loses no turn that ended, and the next start needs no hand"
        )
        func killed() async throws {
            let home = try Home()
            let model = try home.model()
            var random = SeededGenerator(seed: UInt64(getpid()))
            var ended: [String] = []
            var number = 0
            try await Tmux.open(home) { tmux in
                for round in Torture.Rounds(short: 20) {
                    let arguments = round == 0 ? "" : "--continue"
                    let process = try await tmux.startChat(arguments, maximumTokens: 8, model: model)
                    let delay = Duration.milliseconds(Int.random(in: 0...1500, using: &random))
                    let killer = Task {
                        try await Task.sleep(for: delay)
                        kill(process, SIGKILL)
                    }
                    // What is typed when the chat is gone goes to the shell: every line is a comment there.
                    while kill(process, 0) == 0 {
                        number += 1
                        let question = "#q\(number)."
                        let deed = Int.random(in: 0..<10, using: &random)
                        switch deed {
                        case 0: try await tmux.enter("/clear")
                        case 1: try await tmux.enter("/undo")
                        case 2: try await tmux.enter("/retry")
                        case 3: try await tmux.press("M-,")
                        case 4:
                            try await tmux.enter("/edit")
                            try await tmux.enter(" \(question)")
                        default:
                            try await tmux.enter(question)
                        }
                        guard let screen = try? await endOfReply(tmux, while: process) else { break }
                        // In the composer it is not said yet.
                        guard deed > 4, screen.hasQuestion(question) else { continue }
                        ended.append(question)
                    }
                    _ = try await killer.value
                    try await tmux.press("C-u", "C-j")
                    try await tmux.type("stty sane; tput rmcup; clear")
                    try await tmux.press("C-j")
                    try await tmux.wait(for: "the shell") { !$0.isChat && $0.text.contains(Tmux.prompt) }
                    try check(home, has: ended)
                }
                let process = try await tmux.startChat("--continue", maximumTokens: 8, model: model)
                #expect(kill(process, 0) == 0)
                try await tmux.leaveChat()
            }
            print("killed: \(ended.count) turns ended, all of them kept")
        }

        /// The screen once no reply is coming; nil when the chat is gone.
        private func endOfReply(_ tmux: Tmux, while process: pid_t) async throws -> Screen? {
            while kill(process, 0) == 0 {
                let screen = try await tmux.screen()
                if screen.isChat, !screen.isReplying { return kill(process, 0) == 0 ? screen : nil }
                try await Task.sleep(for: .milliseconds(20))
            }
            return nil
        }

        /// Every message is in the store, which is sound; a copy of it is looked at, since opening mends.
        private func check(_ home: Home, has questions: [String]) throws {
            guard FileManager.default.fileExists(atPath: home.database.path) else {
                #expect(questions.isEmpty)
                return
            }
            let queue = try DatabaseQueue(path: home.database.path)
            let (verdict, texts) = try queue.read { db in
                (
                    try String.fetchOne(db, sql: "PRAGMA integrity_check"),
                    try String.fetchAll(db, sql: "SELECT content FROM message WHERE role = 'user'")
                )
            }
            #expect(verdict == "ok")
            // What was typed before the last was read may have become one message with it.
            let kept = texts.joined(separator: "\n")
            for question in questions { #expect(kept.contains(question), "\(question) is lost") }
        }
    }
}
