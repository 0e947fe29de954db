import Foundation

/// Runs programs to their end.
///
/// Not by Foundation's `Process`: that takes a program for running as long as anything it started does, and tmux
/// leaves its server behind.
enum Subprocess {
    /// What the system refused, and why.
    struct Refusal: Error {
        let call: String
        let reason: String
    }

    /// Runs one. Input and output go through files, so that nothing ever waits for a full pipe.
    ///
    /// - Parameters:
    ///   - input: the bytes on standard input.
    ///   - limit: after so long it is killed.
    static func run(
        _ program: String, _ arguments: [String], in home: Home, environment: [String: String],
        input: Data = Data(), limit: Duration
    ) async throws -> Program.Outcome {
        let name = UUID().uuidString
        let files = ["in", "out", "err"].map { home.scratch.appending(path: "\(name).\($0)") }
        defer { files.forEach { try? FileManager.default.removeItem(at: $0) } }
        try input.write(to: files[0])
        let child = try spawn(
            ["/bin/sh", "-c", #"cd "$0" && exec "$@""#, home.folder.path, program] + arguments,
            environment: environment.map { "\($0.key)=\($0.value)" }, files: files.map(\.path))
        let status = await end(of: child, limit: limit)
        let signal = status & 0x7F
        return Program.Outcome(
            status: signal == 0 ? (status >> 8) & 0xFF : signal, wasKilled: signal != 0,
            data: try Data(contentsOf: files[1]),
            errors: String(decoding: try Data(contentsOf: files[2]), as: UTF8.self))
    }

    /// Waits without holding up a thread: other tests go on meanwhile.
    private static func end(of child: pid_t, limit: Duration) async -> Int32 {
        let end = ContinuousClock.now + limit
        var status: Int32 = 0
        var pause = Duration.milliseconds(1)
        while waitpid(child, &status, WNOHANG) == 0 {
            if ContinuousClock.now > end { kill(child, SIGKILL) }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(20))
        }
        return status
    }

    private static func spawn(_ command: [String], environment: [String], files: [String]) throws -> pid_t {
        #if os(Linux)
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #else
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, files[0], O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, files[1], O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, files[2], O_WRONLY | O_CREAT, 0o600)

        // Tests run on threads that block signals; a child would inherit that, and all it starts.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var child: pid_t = 0
        let code = withCStrings(command) { arguments in
            withCStrings(environment) { environment in
                posix_spawn(&child, command[0], &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else {
            throw Refusal(call: "posix_spawn \(command[0])", reason: String(cString: strerror(code)))
        }
        return child
    }

    /// Lends strings as C has them: an array of pointers that ends with a null.
    private static func withCStrings<R>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
    ) -> R {
        let pointers = strings.map { strdup($0) } + [nil]
        defer { pointers.forEach { free($0) } }
        return pointers.withUnsafeBufferPointer { body($0.baseAddress.unsafelyUnwrapped) }
    }

    /// Where a program is, by `PATH`.
    static func path(of program: String) -> String? {
        let folders = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        return folders.split(separator: ":").map { "\($0)/\(program)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
