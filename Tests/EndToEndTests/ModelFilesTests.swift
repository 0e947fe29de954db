import Foundation
import GGUF
import TestSupport
import Testing

/// Finding, listing and making model files.
@Suite("Model files", .serialized)
struct ModelFilesTests {
    /// One line of `models --format json`.
    struct Listed: Decodable {
        let path: String
        let reason: String
        let isTaken: Bool
        let name: String?
        let bytes: Int?
        let family: String?
        let capacities: [Double]?
        let error: String?
    }

    private func list(_ home: Home, _ environment: [String: String] = [:]) async throws -> [Listed] {
        let run = try await Program.run(["models", "--format", "json"], in: home, environment: environment)
        #expect(run.status == 0, "\(run.errors)")
        return try run.lines.map { try JSONDecoder().decode(Listed.self, from: Data($0.utf8)) }
    }

    @Test(
        "Those of the user are listed, whatever they are called; folders, hidden files and later shards are not"
    )
    func list() async throws {
        let home = try Home()
        let folder = home.folder.appending(path: "data/fathom/models")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        _ = try TinyModel().write(into: folder, named: "my -of- model.gguf")
        var dense = TinyModel()
        dense.routedBlocks = []
        dense.family = "qwen2"
        try dense.writer().write(to: folder.appending(path: "shards.gguf").path, shardLimit: 60_000)
        try home.write("data/fathom/models/._my -of- model.gguf", Data([0, 5, 22, 7]))
        try home.write("data/fathom/models/broken.gguf", "nothing")
        try home.write("data/fathom/models/notes.txt", "no model")
        try FileManager.default.createDirectory(
            at: folder.appending(path: "folder.gguf"), withIntermediateDirectories: false)
        let own = try await list(home).filter { $0.reason == "your own" }
        let names = own.map { URL(filePath: $0.path).lastPathComponent }
        try #require(names.count == 3, "\(names)")
        #expect(names[0] == "broken.gguf" && own[0].error != nil && own[0].family == nil)
        #expect(names[1] == "my -of- model.gguf" && own[1].family == "llama" && own[1].capacities == [0, 1])
        #expect(
            names[2].hasPrefix("shards-00001-of-") && own[2].family == "qwen2" && own[2].capacities == [1, 1])
        #expect(own.dropFirst().allSatisfy { $0.name == "Tiny" && $0.error == nil })
        #expect(try #require(own[2].bytes) > 60_000)

        let text = try await Program.run(["models"], in: home)
        #expect(
            text.status == 0 && text.output.contains("your own") && text.output.contains("cannot be used: "))
    }

    @Test("The one that is set is marked, wherever it is")
    func marked() async throws {
        let home = try Home()
        let path = try home.model()
        let listed = try await list(home, ["FATHOM_MODEL": path])
        #expect(listed.filter(\.isTaken).map(\.path) == [path] && listed[0].reason == "set")
    }

    @Test("Every family answers, and is converted", arguments: ["llama", "qwen2", "qwen3"])
    func families(family: String) async throws {
        let home = try Home()
        let path = try home.model {
            $0.family = family
            $0.blockCount = 6
            $0.routedBlocks = []
        }
        let run = try await Program.run(["run", "hello", "--model", path, "--max-tokens", "4"], in: home)
        #expect(run.status == 0, "\(run.errors)")
        let convert = try await Program.run(["convert", path, "-o", home.path("mod.gguf")], in: home)
        #expect(convert.status == 0, "\(convert.errors)")
        let inspect = try await Program.run(["inspect", home.path("mod.gguf")], in: home)
        #expect(inspect.status == 0 && inspect.output.contains("family      \(family)"))
        #expect(try GGUFFile(path: home.path("mod.gguf")).string("general.architecture") == "mod-\(family)")
        let routed = try await Program.run(
            ["run", "hello", "--model", home.path("mod.gguf"), "--capacity", "0.5", "--max-tokens", "4"],
            in: home)
        #expect(routed.status == 0, "\(routed.errors)")
    }

    @Test(
        "A conversion that is interrupted leaves nothing, or what it needs to go on",
        arguments: [false, true])
    func interrupted(resumes: Bool) async throws {
        let home = try Home()
        let path = try home.model {
            $0.blockCount = 8
            $0.embeddingLength = 128
            $0.feedForwardLength = 256
            $0.routedBlocks = []
        }
        let before = try FileManager.default.contentsOfDirectory(atPath: home.folder.path).sorted()
        let arguments = ["convert", path, "-o", home.path("mod.gguf")] + (resumes ? ["--resume"] : [])
        // In another shell, so that the signal finds the program while it works.
        let script = #""$@" & child=$!; sleep 1; kill -TERM $child; wait $child; echo $?"#
        let outcome = try await Subprocess.run(
            "/bin/sh", ["-c", script, "sh", try Program.built()] + arguments, in: home,
            environment: home.environment, limit: .seconds(60))
        let left = try FileManager.default.contentsOfDirectory(atPath: home.folder.path).sorted()
        guard outcome.output == "143\n" else {
            // This machine was done before.
            #expect(left.contains { $0.hasPrefix("mod") } && !left.contains { $0.contains("partial") })
            return
        }
        #expect(left.filter { !before.contains($0) && !$0.hasPrefix("mod.gguf.unfinished") } == [])
        #expect(resumes || left == before)
        guard resumes else { return }
        let run = try await Program.run(arguments, in: home, limit: .seconds(300))
        #expect(run.status == 0, "\(run.errors)")
        let names = try FileManager.default.contentsOfDirectory(atPath: home.folder.path)
        #expect(!names.contains { $0.contains("unfinished") })
    }

    @Test("What is no plain file is never replaced", arguments: ["convert", "calibrate"])
    func destinations(command: String) async throws {
        let home = try Home()
        let path = try home.model { if command == "convert" { $0.routedBlocks = [] } }
        for target in ["/dev/null", home.folder.path] {
            let run = try await Program.run([command, path, "-o", target], in: home)
            #expect(run.status == 73 && run.errors.contains("is no plain file"), "\(run.errors)")
        }
        var status = stat()
        #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    }

    @Test(
        "Threads are checked by every command that runs a model",
        arguments: [
            ["run", "hello"], ["chat"], ["eval", "x"], ["heatmap", "x", "-o", "x.svg"],
            ["report", "x", "-o", "x.html"],
            ["bench"], ["convert", "x", "-o", "y"], ["calibrate", "x", "-o", "y"],
        ])
    func threads(arguments: [String]) async throws {
        let home = try Home()
        for count in ["0", "-1", "257", "many"] {
            let run = try await Program.run(arguments + ["--threads=\(count)"], in: home)
            #expect(run.status == 64, "\(arguments) \(count): \(run.errors)")
        }
    }
}
