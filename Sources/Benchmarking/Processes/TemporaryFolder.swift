import Foundation

/// A folder that is there as long as this object, and goes even where the program is killed.
///
/// A shell that outlives the program waits for the end of its input, which comes with this program's, and deletes the
/// folder: nothing that ends this program, Ctrl-C for one, can keep it from that.
final class TemporaryFolder {
    let url: URL
    private let keeper = Process()
    private let life = Pipe()

    /// - Throws: `BenchmarkError.noTemporaryFiles`.
    init() throws(BenchmarkError) {
        url = FileManager.default.temporaryDirectory.appending(path: "fathom-\(UUID().uuidString)")
        keeper.executableURL = URL(filePath: "/bin/sh")
        keeper.arguments = ["-c", #"trap "" INT TERM HUP; read -r line; rm -rf "$0""#, url.path]
        keeper.standardInput = life
        keeper.standardOutput = FileHandle.nullDevice
        keeper.standardError = FileHandle.nullDevice
        // Held by another program started here, the input would go on.
        _ = fcntl(life.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        do {
            try keeper.run()
            try FileManager.default.createDirectory(
                at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .noTemporaryFiles(reason: SystemWords.of(error))
        }
    }

    deinit {
        try? life.fileHandleForWriting.close()
        if keeper.processIdentifier > 0 { keeper.waitUntilExit() }
    }
}
