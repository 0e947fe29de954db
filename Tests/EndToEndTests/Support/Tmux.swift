import Foundation
import Testing

/// A shell in a terminal of its own: a tmux server that nothing else talks to.
final class Tmux: Sendable {
    /// Whether tmux is there.
    static let isInstalled = Subprocess.path(of: "tmux") != nil
    /// Why a test that needs it was skipped.
    static let missing: Comment = "tmux is not installed: run `make test`, which installs it."
    /// What the shell says when it waits for a command.
    static let prompt = "ready>"

    let home: Home
    private let program: String
    private let socket: String

    /// Opens a terminal, gives it to `body` and closes it, whatever happens.
    ///
    /// - Parameters:
    ///   - columns: its width, and `rows` its height.
    ///   - environment: what the shell's differs in from the home's; an empty value takes a variable away.
    static func open(
        _ home: Home, columns: Int = 120, rows: Int = 36, environment: [String: String] = [:],
        _ body: (Tmux) async throws -> Void
    ) async throws {
        let tmux = Tmux(home, program: try #require(Subprocess.path(of: "tmux")))
        let variables = home.environment.merging(["PS1": prompt, "ENV": ""]) { $1 }
            .merging(environment) { $1 }.filter { !$0.value.isEmpty }
        // tmux leaves it behind.
        defer { try? FileManager.default.removeItem(atPath: tmux.socket) }
        do {
            try await tmux.tell(
                ["new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "env", "-i"]
                    + variables.map { "\($0.key)=\($0.value)" } + ["/bin/sh", "-i"])
            try await tmux.wait(for: "the shell") { $0.text.contains(prompt) }
            try await body(tmux)
        } catch {
            _ = try? await tmux.tell(["kill-server"])
            throw error
        }
        try await tmux.tell(["kill-server"])
    }

    private init(_ home: Home, program: String) {
        self.home = home
        self.program = program
        // Not in the home: a socket's path must be short.
        socket = "/tmp/fathom-test-\(UUID().uuidString.prefix(8))"
    }

    /// Presses keys by tmux's names for them.
    func press(_ keys: String...) async throws { try await tell(["send-keys"] + keys) }

    /// Types text.
    func type(_ text: String) async throws { try await tell(["send-keys", "-l", "--", text]) }

    /// Types a line and presses Enter.
    func enter(_ line: String) async throws {
        try await type(line)
        try await press("Enter")
    }

    /// Sends bytes as a terminal's own answers come: no key, and not pasted.
    func answer(_ text: String) async throws {
        try await tell(["send-keys", "-H"] + text.utf8.map { String($0, radix: 16) })
    }

    /// Pastes text as a terminal does: between marks, when the program asked for them; or as a poorer one does.
    func paste(_ text: String, isMarked: Bool = true) async throws {
        let file = home.scratch.appending(path: UUID().uuidString)
        try Data(text.utf8).write(to: file)
        try await tell(["load-buffer", file.path])
        try await tell(["paste-buffer"] + (isMarked ? ["-p"] : []) + ["-r"])
    }

    /// Changes the terminal's size.
    func resize(columns: Int, rows: Int) async throws {
        try await tell(["resize-window", "-x", "\(columns)", "-y", "\(rows)"])
    }

    /// What the terminal shows.
    func screen() async throws -> Screen { Screen(try await tell(["capture-pane", "-p"])) }

    /// One of tmux's variables, such as `alternate_on`.
    func variable(_ name: String) async throws -> String {
        try await tell(["display-message", "-p", "#{\(name)}"]).trimmingCharacters(in: .newlines)
    }

    /// Waits until the screen is as wanted, and returns it; a failure shows what was there instead.
    ///
    /// However slow the machine, nothing is waited for longer than it takes: the limit is only there to end a
    /// test that has failed.
    @discardableResult
    func wait(
        for what: String, limit: Duration = .seconds(60), sourceLocation: SourceLocation = #_sourceLocation,
        until isAsWanted: (Screen) throws -> Bool
    ) async throws -> Screen {
        let end = ContinuousClock.now + limit
        while true {
            let screen = try await screen()
            if try isAsWanted(screen) { return screen }
            if ContinuousClock.now > end {
                Issue.record(
                    "waited in vain for \(what); the screen:\n\(screen.text)", sourceLocation: sourceLocation)
                throw Vain(what: what)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Records from now on every byte that is sent to the terminal, and returns the file they go to.
    func record() async throws -> URL {
        let file = home.scratch.appending(path: "record-\(UUID().uuidString)")
        try Data().write(to: file)
        try await tell(["pipe-pane", "cat >'\(file.path)'"])
        return file
    }

    /// Something that did not come.
    struct Vain: Error {
        let what: String
    }

    /// Carries out a tmux command and returns what it printed.
    @discardableResult
    private func tell(_ command: [String]) async throws -> String {
        let outcome = try await Subprocess.run(
            program, ["-u", "-S", socket, "-f", "/dev/null"] + command, in: home,
            environment: home.environment,
            limit: .seconds(60))
        guard outcome.status == 0, !outcome.wasKilled else {
            throw Vain(what: "tmux \(command[0]): \(outcome.errors)")
        }
        return outcome.output
    }
}
