import Foundation

/// Another program that runs the same weights, dense.
protocol Peer {
    /// Its name and version.
    var name: String { get }
    /// Whether it decodes after the prompt, or from an empty context.
    var decodesAfterPrompt: Bool { get }

    /// One prefill and one decode of as many tokens as `BenchBed` has.
    func measure() throws -> PeerSpeed
}

/// Tokens a second.
struct PeerSpeed {
    let prefill: Double
    let decode: Double
}

/// The program that `--peer` names.
package struct PeerProgram {
    package let path: String

    /// Nil where there is no such program, here or on `PATH`.
    package init?(_ name: String) {
        let folders = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let places =
            name.contains("/") ? [name] : folders.split(separator: ":").map { "\($0)/\(name)" }
        guard let path = places.first(where: Self.isProgram) else { return nil }
        self.path = path
    }

    /// A folder has the right to be executed, too, and yet cannot be run.
    private static func isProgram(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    /// What is called python is asked for llama_cpp; anything else must take the options of llama-bench.
    func peer(weights: String, bed: BenchBed) throws -> any Peer {
        let isPython = URL(filePath: path).lastPathComponent.hasPrefix("python")
        return isPython
            ? try PythonPeer(path, weights: weights, bed: bed)
            : LlamaBenchPeer(path, weights: weights, bed: bed)
    }
}
