import Foundation

/// A program of llama.cpp to run the same weights in: its own benchmark, or a Python that has its package.
public struct PeerProgram: Sendable, Hashable {
    /// Where it is.
    public let path: String

    /// Looks for a program by its path or, of a name without a slash, on `PATH`. Nil where there is none that may be
    /// run.
    public init?(_ name: String) {
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

    /// What errors call it.
    var name: String { URL(filePath: path).lastPathComponent }

    /// What is called python is asked for llama_cpp; anything else must take the options of llama-bench.
    func peer(weights: String, bed: BenchBed) throws(BenchmarkError) -> any Peer {
        name.hasPrefix("python")
            ? try PythonPeer(self, weights: weights, bed: bed)
            : LlamaBenchPeer(self, weights: weights, bed: bed)
    }
}
