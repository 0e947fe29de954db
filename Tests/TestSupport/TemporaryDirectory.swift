public import Foundation

/// A directory that is gone when this object is.
public final class TemporaryDirectory: Sendable {
    /// Where it is.
    public let url: URL

    /// Makes a directory with a name of its own.
    public init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("fathom-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }
}
