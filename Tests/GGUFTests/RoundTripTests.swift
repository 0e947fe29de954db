import Foundation
import GGUF
import TestSupport
import Testing

@Suite struct RoundTripTests {
    /// Sparse, so that it takes no room on the disk.
    @Test func aFileMayHaveMoreThanFourGigabytes() throws {
        let size: UInt64 = 5 << 30
        var header = RawHeader(tensors: 2)
        header.tensor("large", shape: [size], type: GGMLType.i8.rawValue)
        header.tensor("last", shape: [8], offset: size)
        let start = header.with(data: 0)
        let numbers = (1...8).map(Float.init)
        try withScratch { scratch in
            let path = try scratch.write(start)
            let file = try FileHandle(forWritingTo: URL(filePath: path))
            try file.seek(toOffset: UInt64(start.count) + size)
            try file.write(contentsOf: numbers.withUnsafeBytes { Data($0) })
            try file.close()
            let opened = try GGUFFile(path: path)
            #expect(opened.byteCount == start.count + Int(size) + 32)
            #expect(try opened.tensor("large").byteCount == Int(size))
            #expect(try opened.tensor("last").floats() == numbers)
        }
    }

    /// Whatever is written is read back as it was, and written again it is the same file.
    @Test(arguments: UInt64(0)..<12) func randomModel(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var metadata: GGUFMetadata = [:]
        for index in 0..<Int.random(in: 0...30, using: &generator) {
            metadata["key.\(index)"] = generator.value()
        }
        if seed.isMultiple(of: 3) { metadata["general.alignment"] = .uint32(64) }
        var writer = GGUFWriter(metadata: metadata)
        var contents: [[UInt8]] = []
        for index in 0..<Int.random(in: 0...8, using: &generator) {
            let type = try #require(GGMLType.allCases.randomElement(using: &generator))
            let rows = Int.random(in: 1...3, using: &generator)
            let content = generator.bytes(type.blockBytes * 2 * rows)
            try writer.add(name: "t\(index)", shape: [type.blockLength * 2, rows], type: type) {
                $0.copyBytes(from: content)
            }
            contents.append(content)
        }
        try withScratch { scratch in
            try writer.write(to: scratch.path("a.gguf"))
            let file = try GGUFFile(path: scratch.path("a.gguf"))
            #expect(file.version == 3)
            #expect(file.metadata == metadata)
            #expect(file.metadata.keys == metadata.keys)
            #expect(file.tensors.map(\.name) == contents.indices.map { "t\($0)" })
            #expect(file.tensors.map { [UInt8]($0.bytes) } == contents)
            #expect(try file.byteCount == scratch.bytes("a.gguf").count)

            var copy = GGUFWriter(metadata: file.metadata)
            for tensor in file.tensors { try copy.add(tensor) }
            try copy.write(to: scratch.path("b.gguf"))
            #expect(try scratch.bytes("a.gguf") == scratch.bytes("b.gguf"))
            #expect(try scratch.names() == ["a.gguf", "b.gguf"])
        }
    }

    @Test func aTensorKnowsItsGeometry() throws {
        try withScratch { scratch in
            var writer = GGUFWriter()
            try writer.add(name: "w", shape: [64, 3, 2], type: .q8_0) { _ in }
            try writer.add(name: "scalar", shape: [], floats: [1.5])
            try writer.write(to: scratch.path("m.gguf"))
            let file = try GGUFFile(path: scratch.path("m.gguf"))
            let tensor = try file.tensor("w")
            #expect(tensor.shape == [64, 3, 2])
            #expect(tensor.rowLength == 64)
            #expect(tensor.rowCount == 6)
            #expect(tensor.elementCount == 384)
            #expect(tensor.rowBytes == 68)
            #expect(tensor.byteCount == 408)
            #expect(try file.tensor("scalar").floats() == [1.5])
            #expect(file.tensorIfPresent("v") == nil)
            #expect(throws: GGUFError.missingTensor(path: file.path, name: "v")) { try file.tensor("v") }
        }
    }

    /// A tensor alone keeps its bytes mapped, and a file may be replaced while it is read.
    @Test func tensorsOutliveTheFile() throws {
        try withScratch { scratch in
            let path = scratch.path("m.gguf")
            var writer = GGUFWriter()
            try writer.add(name: "w", shape: [4], floats: [1, 2, 3, 4])
            try writer.write(to: path)
            let tensor = try GGUFFile(path: path).tensor("w")
            try GGUFWriter(metadata: ["new": .bool(true)]).write(to: path)
            #expect(try GGUFFile(path: path).tensors.isEmpty)
            #expect(try tensor.floats() == [1, 2, 3, 4])
        }
    }

    @Test func versionTwoOpens() throws {
        var header = RawHeader(version: 2, keys: 1)
        header.key("k", type: 4, value: [7, 0, 0, 0])
        let file = try withScratch { try $0.open(header.bytes) }
        #expect(file.version == 2)
        #expect(try file.value("k", as: UInt32.self) == 7)
    }
}
