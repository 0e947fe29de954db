import Foundation
import GGUF
import Testing

@Suite struct WriterTests {
    /// A failure half-way leaves the old file and nothing else.
    @Test func failureLeavesWhatWasThere() throws {
        for limit in [nil, 700] {
            try withScratch { scratch in
                try scratch.write([1, 2, 3], as: "m.gguf")
                var writer = GGUFWriter()
                try writer.add(name: "a", shape: [100], floats: [Float](repeating: 1, count: 100))
                let error = GGUFError.invalidTensor(name: "b", reason: "no")
                try writer.add(name: "b", shape: [100], type: .f32) { _ throws(GGUFError) in throw error }
                #expect(throws: error) { try writer.write(to: scratch.path("m.gguf"), shardLimit: limit) }
                #expect(try scratch.names() == ["m.gguf"])
                #expect(try scratch.bytes("m.gguf") == [1, 2, 3])
            }
        }
    }

    @Test func onlyPlainFilesAreReplaced() throws {
        try withScratch { scratch in
            let manager = FileManager.default
            try manager.createDirectory(atPath: scratch.path("folder"), withIntermediateDirectories: false)
            try scratch.write([1], as: "plain")
            try manager.createSymbolicLink(
                atPath: scratch.path("link"), withDestinationPath: scratch.path("plain"))
            try manager.createSymbolicLink(atPath: scratch.path("null"), withDestinationPath: "/dev/null")
            #expect(mkfifo(scratch.path("pipe"), 0o600) == 0)
            let before = try scratch.names()
            for name in ["folder", "link", "null", "pipe"] {
                for write in [
                    { try GGUFWriter().write(to: $0) }, { [try GGUFWriter().draft(beside: $0).path] },
                ] as [(String) throws -> [String]] {
                    let error = #expect(throws: GGUFError.self) { try write(scratch.path(name)) }
                    #expect(error?.description.contains("is no plain file; give another path") == true)
                }
                #expect(throws: GGUFError.self) { try GGUFWriter.checkWritable(at: scratch.path(name)) }
            }
            #expect(try scratch.names() == before && scratch.bytes("plain") == [1])
            try GGUFWriter().write(to: scratch.path("plain"))
            #expect(try scratch.bytes("plain").count > 1)
        }
    }

    @Test func aDraftIsNowhereAndCanBeRead() throws {
        try withScratch { scratch in
            var writer = GGUFWriter(metadata: ["general.name": .string("Draft")])
            try writer.add(name: "w", shape: [3], floats: [1, 2, 3])
            let draft = try writer.draft(beside: scratch.path("m.gguf"))
            let names = try scratch.names()
            #expect(names.isEmpty)
            #expect(try draft.string("general.name") == "Draft" && draft.tensor("w").floats() == [1, 2, 3])
        }
    }

    @Test func aMissingFolderIsNamed() throws {
        let error = #expect(throws: GGUFError.self) { try GGUFWriter().write(to: "/nowhere/at/all.gguf") }
        #expect(error?.description == "/nowhere/at/all.gguf: cannot be written: No such file or directory")
    }

    @Test(arguments: [
        ("", [1]), (String(repeating: "x", count: 65), [1]), ("w", [0]), ("w", [-1]), ("w", [1, 1, 1, 1, 1]),
        ("w", [Int.max, 2]), ("w", [1 << 40, 1 << 40]),
    ])
    func unsoundTensorsAreRefused(name: String, shape: [Int]) {
        var writer = GGUFWriter()
        #expect(throws: GGUFError.self) { try writer.add(name: name, shape: shape, type: .f32) { _ in } }
    }

    @Test func rowsAreWholeBlocks() {
        var writer = GGUFWriter()
        let error = #expect(throws: GGUFError.self) {
            try writer.add(name: "w", shape: [33], type: .q8_0) { _ in }
        }
        #expect(error?.description.contains("rows of 33 numbers") == true)
    }

    @Test func aNameIsTakenOnce() throws {
        var writer = GGUFWriter()
        try writer.add(name: "w", shape: [1], floats: [1])
        #expect(throws: GGUFError.invalidTensor(name: "w", reason: "there is one of this name already")) {
            try writer.add(name: "w", shape: [1], floats: [1])
        }
        #expect(throws: GGUFError.self) { try writer.add(name: "v", shape: [2], floats: [1]) }
    }

    @Test func unsoundKeysAreRefused() throws {
        try withScratch { scratch in
            for metadata: GGUFMetadata in [
                ["": .bool(true)], [String(repeating: "k", count: 65536): .bool(true)],
                ["general.alignment": .uint32(12)], ["general.alignment": .uint64(32)],
                ["general.alignment": .uint32(4)],
            ] {
                #expect(throws: GGUFError.self) {
                    try GGUFWriter(metadata: metadata).write(to: scratch.path("m.gguf"))
                }
            }
            let names = try scratch.names()
            #expect(names.isEmpty)
        }
    }

    @Test func quantizedRowsComeOneByOne() throws {
        try withScratch { scratch in
            var writer = GGUFWriter()
            try writer.add(
                name: "w", shape: [32, 2],
                quantizing: { row, floats in
                    for index in floats.indices {
                        floats[index] = Float(row + 1) * Float(index - 16) / 16 * 127
                    }
                }
            )
            try writer.write(to: scratch.path("m.gguf"))
            let tensor = try GGUFFile(path: scratch.path("m.gguf")).tensor("w")
            #expect(tensor.type == .q8_0)
            // Scales 1 and 2: the largest magnitudes are 127 and 254.
            #expect([UInt8](tensor.bytes[0..<2]) == [0x00, 0x3c])
            #expect([UInt8](tensor.bytes[34..<36]) == [0x00, 0x40])
            #expect(try tensor.floats().prefix(2) == [-127, -119])
        }
    }

    @Test func unusableNumbersAreRefusedByName() throws {
        try withScratch { scratch in
            var writer = GGUFWriter()
            try writer.add(
                name: "w", shape: [32, 2],
                quantizing: { row, floats in
                    floats[5] = row == 1 ? .nan : 1
                }
            )
            let error = #expect(throws: GGUFError.self) { try writer.write(to: scratch.path("m.gguf")) }
            #expect(error?.description.contains("'w'") == true)
            #expect(error?.description.contains("row 1") == true)
        }
    }
}
