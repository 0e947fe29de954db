import Foundation
import InferenceEngine
import MoDModel
import TestSupport
import Testing

/// What the README shows of the library is `ReadmeExample.swift`, which is compiled, and run here.
@Suite("The README's example")
struct ReadmeExampleTests {
    @Test("It is in the README as it is")
    func text() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let example = try String(contentsOf: folder.appending(path: "ReadmeExample.swift"), encoding: .utf8)
        let readme = try String(contentsOf: folder.appending(path: "../../README.md"), encoding: .utf8)
        #expect(readme.contains("<!-- example -->\n```swift\n\(example)```\n<!-- end of example -->"))
    }

    @Test("It answers", arguments: ["llama", "qwen2", "qwen3"])
    func answers(family: String) async throws {
        let directory = try TemporaryDirectory()
        var shape = TinyModel()
        shape.family = family
        let reply = try await answer(to: "hello", by: shape.write(into: directory.url))
        #expect(!reply.isEmpty)
    }

    @Test("A file that is no model is refused by name")
    func refusal() async throws {
        let error = await #expect(throws: ModelError.self) {
            try await answer(to: "hello", by: "/nowhere/model.gguf")
        }
        #expect(error?.description.contains("/nowhere/model.gguf") == true)
    }
}
