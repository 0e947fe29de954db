import Foundation
import Testing

/// The built program, and how to run it without a terminal.
enum Program {
    /// What a run left behind.
    struct Outcome: Sendable {
        /// The exit code, or the number of the signal that killed it.
        let status: Int32
        /// Whether it was killed by a signal: a crash, or a run that took too long.
        let wasKilled: Bool
        /// Standard output as it is.
        let data: Data
        /// Standard error.
        let errors: String

        /// Standard output; what is not UTF-8 is repaired.
        var output: String { String(decoding: data, as: UTF8.self) }
        /// The lines of standard output.
        var lines: [String] {
            output.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
        }
    }

    /// The program that was built together with these tests: it lies beside their bundle, in `.build/release` or
    /// wherever the configuration puts it. On Linux the bundle is the running executable, on macOS a folder
    /// that another executable loads; from either it is looked for upwards.
    static let path: String? = {
        var folder = image().resolvingSymlinksInPath().deletingLastPathComponent()
        while folder.pathComponents.count > 1 {
            let candidate = folder.appending(path: "fathom").path
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder), !isFolder.boolValue
            {
                return candidate
            }
            folder.deleteLastPathComponent()
        }
        return nil
    }()

    /// Its path, or a clear failure.
    static func built() throws -> String {
        try #require(path, "fathom is not beside the test bundle \(image().path): run `swift build` first.")
    }

    /// Runs it to its end with standard input, output and error away from any terminal.
    ///
    /// - Parameters:
    ///   - input: the bytes on standard input; without any it is empty.
    ///   - limit: after so long it is killed, which tests take for a failure.
    static func run(
        _ arguments: [String], in home: Home, input: Data = Data(), environment: [String: String] = [:],
        limit: Duration = .seconds(120)
    ) async throws -> Outcome {
        try await Subprocess.run(
            built(), arguments, in: home,
            environment: home.environment.merging(environment) { $1 }, input: input, limit: limit)
    }

    /// The test bundle.
    private static func image() -> URL {
        #if os(Linux)
            return URL(filePath: "/proc/self/exe")
        #else
            return Bundle(for: Marker.self).bundleURL
        #endif
    }

    /// A class of the test bundle, by which it is known.
    private final class Marker {}
}
