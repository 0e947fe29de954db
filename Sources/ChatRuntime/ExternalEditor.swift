import Foundation

/// Has a text written in the user's own editor.
package enum ExternalEditor {
    /// Why no text came back.
    package enum Failure: Error {
        /// The text could not be handed over, or what came back could not be read.
        case file
        /// The editor could not be started, or ended with this status.
        case editor(command: String, status: Int32)
    }

    /// The command that `$VISUAL` or `$EDITOR` names, or else vi.
    package static var command: String {
        let environment = ProcessInfo.processInfo.environment
        return [environment["VISUAL"], environment["EDITOR"]].compactMap { $0 }.first { !$0.isEmpty } ?? "vi"
    }

    /// Runs the editor on a text in a file that nobody else may read, and returns what the file holds afterwards,
    /// without the newline that editors end files with. The terminal must be the editor's meanwhile.
    ///
    /// - Throws: `Failure` where the text could not be handed over or back, or the editor did not end well.
    package static func edit(_ text: String, with command: String = command) throws(Failure) -> String {
        let path = NSTemporaryDirectory() + "/fathom-\(UUID().uuidString).md"
        let file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .file }
        defer { unlink(path) }
        let bytes = Array(text.utf8)
        let isWritten = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) } == bytes.count
        guard close(file) == 0, isWritten else { throw .file }
        let status = run(command, on: path)
        guard status == 0 else { throw .editor(command: command, status: status) }
        guard let data = FileManager.default.contents(atPath: path),
            let edited = String(data: data, encoding: .utf8)
        else { throw .file }
        return edited.hasSuffix("\n") ? String(edited.dropLast()) : edited
    }

    /// Runs a shell's command on a file, in this process group, whose terminal it shares, with no signal blocked or
    /// ignored, and returns its exit status; 127 where it could not be started.
    private static func run(_ command: String, on path: String) -> Int32 {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        // As git does: the command may have arguments of its own.
        let words = ["/bin/sh", "-c", command + " \"$@\"", command, path]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child = pid_t()
        guard posix_spawn(&child, "/bin/sh", nil, &attributes, &arguments, environ) == 0 else { return 127 }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }
}
