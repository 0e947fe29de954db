import Foundation
import GGUF
import Testing

/// A directory of its own for each test, gone afterwards.
func withScratch<Result>(_ body: (Scratch) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appending(path: "gguf-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(Scratch(url: url))
}

struct Scratch {
    let url: URL

    func path(_ name: String) -> String {
        url.appending(path: name).path
    }

    func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: url.appending(path: name)))
    }

    /// The names of the files there are.
    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
    }

    @discardableResult
    func write(_ bytes: [UInt8], as name: String = "model.gguf") throws -> String {
        try Data(bytes).write(to: url.appending(path: name))
        return path(name)
    }

    /// Opens a file of these bytes.
    func open(_ bytes: [UInt8]) throws -> GGUFFile {
        try GGUFFile(path: try write(bytes))
    }
}
