import Foundation
import GGUF
import Testing

@Suite struct SplitTests {
    /// Ten tensors of 1 kB and some metadata.
    private func writer(tensors: Int = 10, metadata: GGUFMetadata = ["general.name": .string("Test")]) throws
        -> GGUFWriter
    {
        var writer = GGUFWriter(metadata: metadata)
        for index in 0..<tensors {
            let floats = (0..<256).map { Float($0 * index) }
            try writer.add(name: "blk.\(index).w", shape: [16, 16], floats: floats)
        }
        return writer
    }

    @Test(arguments: [
        "a b", "x-of-y", "1-of-2", "-00001-of-00002", "new\nline", "e\u{301}", "日本", "m.gguf", ".hidden",
        "\u{1B}[31m",
    ])
    func anyNameWillDo(name: String) throws {
        try withScratch { scratch in
            let paths = try writer().write(to: scratch.path(name), shardLimit: 1600)
            #expect(paths.count > 1)
            #expect(try GGUFFile(path: paths[0]).tensors.count == 10)
            let whole = try writer().write(to: scratch.path(name + ".one.gguf"))
            #expect(try GGUFFile(path: whole[0]).tensors.count == 10)
        }
    }

    @Test(arguments: [(1600, 32), (2300, 32), (4000, 256)] as [(Int, UInt32)])
    func splitAndMerge(limit: Int, alignment: UInt32) throws {
        try withScratch { scratch in
            let writer = try writer(
                metadata: ["general.name": .string("Test"), "general.alignment": .uint32(alignment)]
            )
            try writer.write(to: scratch.path("whole.gguf"))
            let paths = try writer.write(to: scratch.path("m.gguf"), shardLimit: limit)
            #expect(paths.count > 1)
            for (index, path) in paths.enumerated() {
                let name = String(format: "m-%05d-of-%05d.gguf", index + 1, paths.count)
                #expect(path == scratch.path(name))
                let size = try scratch.bytes(name).count
                #expect(size <= limit)
                #expect(size > limit / 2 || index == 0 || index == paths.count - 1)
            }
            let merged = try GGUFFile(path: paths[0])
            let whole = try GGUFFile(path: scratch.path("whole.gguf"))
            #expect(merged.shardPaths == paths)
            #expect(merged.tensors.map(\.name) == whole.tensors.map(\.name))
            #expect(merged.tensors.map { [UInt8]($0.bytes) } == whole.tensors.map { [UInt8]($0.bytes) })
            #expect(try merged.string("general.name") == "Test")
            #expect(try merged.int("split.count") == paths.count)

            var copy = GGUFWriter(metadata: merged.metadata)
            for tensor in merged.tensors { try copy.add(tensor) }
            try copy.write(to: scratch.path("copy.gguf"))
            #expect(try scratch.bytes("copy.gguf") == scratch.bytes("whole.gguf"))
        }
    }

    @Test func aModelWithinTheLimitIsOneFile() throws {
        try withScratch { scratch in
            let paths = try writer().write(to: scratch.path("m.gguf"), shardLimit: 100_000)
            #expect(paths == [scratch.path("m.gguf")])
            #expect(try GGUFFile(path: paths[0]).metadata["split.count"] == nil)
        }
    }

    @Test func bulkyMetadataHaveTheFirstFileForThemselves() throws {
        try withScratch { scratch in
            let text = String(repeating: "x", count: 1000)
            let writer = try writer(metadata: ["general.description": .string(text)])
            let paths = try writer.write(to: scratch.path("m.gguf"), shardLimit: 1400)
            #expect(paths.count == 11)
            #expect(try GGUFFile(path: paths[0]).tensors.count == 10)
        }
    }

    @Test func whatCannotFitIsRefusedByName() throws {
        try withScratch { scratch in
            let tooSmall = #expect(throws: GGUFError.self) {
                try writer().write(to: scratch.path("m.gguf"), shardLimit: 1000)
            }
            #expect(tooSmall?.description.contains("'blk.0.w'") == true)
            #expect(throws: GGUFError.self) { try writer().write(to: scratch.path("m.gguf"), shardLimit: 50) }
            let names = try scratch.names()
            #expect(names.isEmpty)
        }
    }

    @Test func onlyTheFirstShardOpens() throws {
        try withScratch { scratch in
            let paths = try writer().write(to: scratch.path("m.gguf"), shardLimit: 4000)
            let error = #expect(throws: GGUFError.self) { try GGUFFile(path: paths[1]) }
            #expect(error?.description == "\(paths[1]): this is file 2 of \(paths.count); open \(paths[0])")
        }
    }

    @Test func aMissingShardIsNamed() throws {
        try withScratch { scratch in
            let paths = try writer().write(to: scratch.path("m.gguf"), shardLimit: 4000)
            try FileManager.default.removeItem(atPath: paths[1])
            let error = #expect(throws: GGUFError.self) { try GGUFFile(path: paths[0]) }
            #expect(error?.description.contains(paths[1]) == true)
        }
    }

    @Test func aRenamedShardIsRefused() throws {
        try withScratch { scratch in
            let paths = try writer().write(to: scratch.path("m.gguf"), shardLimit: 4000)
            try FileManager.default.moveItem(atPath: paths[0], toPath: scratch.path("other.gguf"))
            let error = #expect(throws: GGUFError.self) { try GGUFFile(path: scratch.path("other.gguf")) }
            #expect(error?.description.contains("NAME-00001-of-0000\(paths.count).gguf") == true)
        }
    }

    @Test func shardsInEachOthersPlaceAreRefused() throws {
        try withScratch { scratch in
            let paths = try writer().write(to: scratch.path("m.gguf"), shardLimit: 4000)
            try FileManager.default.removeItem(atPath: paths[1])
            try FileManager.default.copyItem(atPath: paths[2], toPath: paths[1])
            let error = #expect(throws: GGUFError.self) { try GGUFFile(path: paths[0]) }
            #expect(error?.description.contains("it says it is file 3 of \(paths.count)") == true)
        }
    }

    /// Shards of two models: as many files, but other tensors.
    @Test func shardsOfAnotherModelAreRefused() throws {
        try withScratch { scratch in
            let paths = try writer().write(to: scratch.path("m.gguf"), shardLimit: 7000)
            let others = try writer(tensors: 8).write(to: scratch.path("n.gguf"), shardLimit: 7000)
            #expect(paths.count == 2 && others.count == 2)
            try FileManager.default.removeItem(atPath: paths[1])
            try FileManager.default.copyItem(atPath: others[1], toPath: paths[1])
            let error = #expect(throws: GGUFError.self) { try GGUFFile(path: paths[0]) }
            #expect(error?.description.contains("hold 8 tensors") == true)
        }
    }

    /// Shards of two models with the same tensors but other keys.
    @Test func shardsThatContradictEachOtherAreRefused() throws {
        try withScratch { scratch in
            let other = try writer(metadata: ["general.alignment": .uint32(64)])
                .write(to: scratch.path("n.gguf"), shardLimit: 7000)
            let another = try writer(metadata: ["general.alignment": .uint32(128)])
                .write(to: scratch.path("o.gguf"), shardLimit: 7000)
            #expect(other.count == 2 && another.count == 2)
            try FileManager.default.removeItem(atPath: other[1])
            try FileManager.default.copyItem(atPath: another[1], toPath: other[1])
            let error = #expect(throws: GGUFError.self) { try GGUFFile(path: other[0]) }
            #expect(error?.description.contains("'general.alignment' contradicts the first file's") == true)
        }
    }

    @Test func aTensorInTwoShardsIsRefused() throws {
        try withScratch { scratch in
            let paths = try writer().write(to: scratch.path("m.gguf"), shardLimit: 7000)
            // The writer keeps the split keys to itself, so they are written by hand.
            var header = RawHeader(tensors: 1, keys: 2)
            header.key("split.no", type: 2, value: [1, 0])
            header.key("split.count", type: 2, value: [2, 0])
            header.tensor("blk.0.w", shape: [8])
            try scratch.write(header.with(data: 32), as: "m-00002-of-00002.gguf")
            let error = #expect(throws: GGUFError.self) { try GGUFFile(path: paths[0]) }
            #expect(error?.description.contains("the tensor 'blk.0.w': is in an earlier file too") == true)
        }
    }

    @Test func anOlderModelIsReplaced() throws {
        try withScratch { scratch in
            let old = try writer().write(to: scratch.path("m.gguf"), shardLimit: 4000)
            let new = try writer(metadata: ["general.name": .string("New!")])
                .write(to: old[0], shardLimit: 4000)
            #expect(old == new)
            #expect(try GGUFFile(path: new[0]).string("general.name") == "New!")
            #expect(try scratch.names().count == new.count)
        }
    }
}
