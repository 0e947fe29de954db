import Foundation
import Testing

/// However the chat ends, the terminal is the shell's again, and the shell learns what ended it.
@Suite("Signals and jobs", .serialized, .enabled(if: Tmux.isInstalled, Tmux.missing))
struct SignalTests {
    /// Signals that end a program which does not handle them.
    static let deadly: [Int32] = {
        var signals = [
            SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS, SIGPIPE, SIGALRM, SIGVTALRM,
            SIGPROF, SIGXCPU, SIGXFSZ, SIGUSR1, SIGUSR2, SIGIO,
        ]
        #if os(Linux)
            signals += [SIGPWR, SIGSTKFLT, 34, 64]
        #endif
        return signals
    }()

    @Test("A signal ends the chat, restores the terminal and is the shell's to see", arguments: deadly)
    func ended(signal: Int32) async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            try await tmux.enter("stty -a >before")
            let process = try await tmux.startChat(model: model)
            try await tmux.ask("hello")
            kill(process, signal)
            try await tmux.waitForShell()
            #expect(try await tmux.variable("alternate_on") == "0")
            #expect(try await tmux.variable("cursor_flag") == "1")
            try await tmux.enter("echo status $?; stty -a >after; echo done $((1 + 1))")
            let screen = try await tmux.wait(for: "the echo") { $0.contains("done 2") }
            #expect(screen.contains("status \(128 + signal)"))
            #expect(!screen.contains("***") && !screen.contains("rogram crashed"))
            let modes = try ["before", "after"].map {
                try String(contentsOfFile: home.path($0), encoding: .utf8)
            }
            #expect(modes[0] == modes[1])
        }
    }

    @Test(
        "A crash says in three lines what it was and where the report lies, which has nothing of what was said"
    )
    func crash() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            let process = try await tmux.startChat(model: model)
            try await tmux.ask("a secret")
            kill(process, SIGSEGV)
            try await tmux.waitForShell()
            try await tmux.enter("echo status $?")
            let screen = try await tmux.wait(for: "the status") { $0.contains("status \(128 + SIGSEGV)") }
            #expect(screen.contains("crashed: a bad memory access (SIGSEGV)."))
            #expect(screen.contains("What it had finished is kept"))
            // The path may be longer than a line.
            #expect(screen.text.replacing("\n", with: "").contains("crash.txt for a report."))
        }
        let path = home.path("state/fathom/crash.txt")
        let report = try String(contentsOfFile: path, encoding: .utf8)
        #expect(report.hasPrefix("fathom ") && report.contains("(SIGSEGV)"))
        #expect(report.split(separator: "\n").count > 3 && !report.contains("secret"))
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test("Ctrl-\\ ends a reply on standard output")
    func quitKey() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            try await tmux.run("run hello --max-tokens 1000000", model: model)
            try await tmux.wait(for: "a reply") { $0.text.count > 400 }
            try await tmux.press("C-\\")
            try await tmux.enter("echo status $?")
            let screen = try await tmux.wait(for: "the status") { $0.contains("status \(128 + SIGQUIT)") }
            #expect(!screen.contains("rogram crashed"))
        }
    }

    @Test("A chat started in the background waits for the foreground")
    func startedInBackground() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            try await tmux.enter("stty -a >before")
            try await tmux.run("chat --no-save", model: model, ending: "&")
            try await tmux.enter(
                "until ps -o stat= -p $! | grep -q T; do sleep 0.1; done; echo it $((1)) stopped")
            try await tmux.wait(for: "the job to stop") { $0.contains("it 1 stopped") }
            #expect(try await tmux.variable("alternate_on") == "0")
            try await tmux.enter("stty -a >after; echo done $((1 + 1))")
            try await tmux.wait(for: "the echo") { $0.contains("done 2") && $0.contains("Stopped") }
            let modes = try ["before", "after"].map {
                try String(contentsOfFile: home.path($0), encoding: .utf8)
            }
            #expect(modes[0] == modes[1])
            try await tmux.enter("fg")
            try await tmux.wait(for: "the chat") { $0.isChat }
            try await tmux.ask("hello")
            try await tmux.leaveChat()
        }
    }

    /// Ways to stop a chat that runs.
    enum Stop: Sendable, CaseIterable {
        case key, signal, uncatchable
    }

    @Test("bg leaves the shell alone, fg brings the chat back", arguments: Stop.allCases)
    func continuedInBackground(stop: Stop) async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            let process = try await tmux.startChat(model: model)
            try await tmux.ask("hello")
            switch stop {
            case .key: try await tmux.press("C-z")
            case .signal: kill(process, SIGTSTP)
            case .uncatchable: kill(process, SIGSTOP)
            }
            try await tmux.wait(for: "the shell") { $0.contains("Stopped") }
            if stop == .uncatchable {
                // The chat had no time to give the terminal back. Enter sends a carriage return as yet.
                try await tmux.type("stty sane; printf '\\033[?1049l'; clear")
                try await tmux.press("C-j")
            }
            try await tmux.enter("clear; bg; echo one $((1 + 1))")
            try await tmux.wait(for: "the shell's answer") { $0.contains("one 2") }
            // Time enough for frames, of which a reply makes ten a second.
            try await Task.sleep(for: .milliseconds(500))
            try await tmux.enter("echo two $((2 + 2))")
            let shell = try await tmux.wait(for: "the shell's answer") {
                $0.contains("two 4") && $0.contains("echo two")
            }
            #expect(!shell.isChat && shell.lines.allSatisfy { !$0.contains("│") })
            try await tmux.enter("fg")
            try await tmux.wait(for: "the chat") { $0.isChat && $0.isReplying }
            try await tmux.press("C-c")
            try await tmux.waitForReplyToEnd()
            try await tmux.type("still here")
            try await tmux.wait(for: "the composer") { $0.contains("> still here") }
            try await tmux.press("C-c", "C-c")
            try await tmux.wait(for: "the shell") { !$0.isChat }
            #expect(try await tmux.variable("alternate_on") == "0")
        }
    }

    @Test("A model's file cut short while it is read is named in one line", arguments: ["chat", "run"])
    func truncated(command: String) async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            if command == "chat" {
                try await tmux.startChat(model: model)
            } else {
                try await tmux.run("run hello --max-tokens 1000000", model: model)
                try await tmux.wait(for: "a reply") { $0.text.count > 400 }
            }
            #expect(truncate(model, 4096) == 0)
            if command == "chat" { try await tmux.enter("hello") }
            try await tmux.waitForShell()
            try await tmux.enter("echo status $?")
            let screen = try await tmux.wait(for: "the status") { $0.contains("status 66") }
            // A line that is wrapped loses the space it is wrapped at.
            let text = screen.text.filter { !$0.isWhitespace }
            #expect(text.contains("fathom:\(model)wascutshortwhileitwasread."))
            #expect(try await tmux.variable("alternate_on") == "0")
        }
    }
}
