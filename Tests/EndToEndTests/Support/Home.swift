import Foundation
import TestSupport

/// A user of fathom with a folder of their own: no test sees another's conversations, or those of whoever runs it.
final class Home: Sendable {
    private let directory: TemporaryDirectory
    /// The user's home, and the folder programs start in.
    let folder: URL
    /// For the tests' own files.
    let scratch: URL

    init() throws {
        directory = try TemporaryDirectory()
        folder = directory.url.appending(path: "home")
        scratch = directory.url.appending(path: "scratch")
        for url in [folder, scratch] {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        }
    }

    /// What programs see of the environment: nothing of the surroundings but where programs are.
    var environment: [String: String] {
        [
            "HOME": folder.path, "XDG_DATA_HOME": folder.path + "/data",
            "XDG_STATE_HOME": folder.path + "/state",
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "LANG": "C.UTF-8",
            "TERM": "screen-256color",
        ]
    }

    /// The conversations.
    var database: URL { folder.appending(path: "data/fathom/conversations.sqlite") }

    /// A path in the home.
    func path(_ name: String) -> String { folder.appending(path: name).path }

    /// Writes a file in the home and returns its path.
    @discardableResult
    func write(_ name: String, _ data: Data) throws -> String {
        let url = folder.appending(path: name)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url)
        return url.path
    }

    /// Writes a text file in the home and returns its path.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String { try write(name, Data(text.utf8)) }
}
