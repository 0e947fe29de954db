import GGUF
import TestSupport
import Testing

@Suite struct HostileFileTests {
    /// A small file with something of everything.
    private func sample() throws -> [UInt8] {
        try withScratch { scratch in
            var writer = GGUFWriter(metadata: [
                "general.architecture": .string("llama"), "general.alignment": .uint32(32),
                "k.bool": .bool(true), "k.f": .float32(1), "k.strings": .array(.string(["ab", "", "ü"])),
                "k.ints": .array(.int32([1, 2, 3])), "k.bools": .array(.bool([true])),
                "k.nested": .array(.array([.uint8([1]), .string(["x"])])),
            ])
            try writer.add(name: "a", shape: [8], floats: [Float](repeating: 1, count: 8))
            try writer.add(name: "b", shape: [32, 2], type: .q8_0) { _ in }
            try writer.write(to: scratch.path("m.gguf"))
            return try scratch.bytes("m.gguf")
        }
    }

    /// Opens a file and reads all of it; anything but success or a clear one-line error fails or crashes.
    @discardableResult
    private func read(_ bytes: [UInt8], in scratch: Scratch) throws -> Bool {
        let path = try scratch.write(bytes)
        do throws(GGUFError) {
            let file = try GGUFFile(path: path)
            for tensor in file.tensors {
                _ = tensor.bytes.reduce(0) { $0 &+ Int($1) }
                if tensor.type.blockLength <= 32 { _ = try? tensor.floats() }
            }
            return true
        } catch {
            #expect(!error.description.contains("\n"))
            return false
        }
    }

    @Test func everyTruncationIsNoticed() throws {
        let bytes = try sample()
        // The last tensor is 68 bytes, padded to 96: the padding may be missing.
        let needed = bytes.count - 28
        try withScratch { scratch in
            for count in 0..<bytes.count {
                let opened = try read(Array(bytes[..<count]), in: scratch)
                #expect(opened == (count >= needed), "\(count) bytes")
            }
        }
    }

    @Test(arguments: UInt64(0)..<8) func randomDamageNeverCrashes(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let bytes = try sample()
        let extremes: [UInt8] = [0, 1, 7, 8, 9, 0x7f, 0x80, 0xff]
        try withScratch { scratch in
            for _ in 0..<500 {
                var damaged = bytes
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    let place = Int.random(in: 4..<damaged.count, using: &generator)
                    switch Int.random(in: 0..<4, using: &generator) {
                    case 0: damaged[place] = UInt8.random(in: 0...255, using: &generator)
                    case 1: damaged[place] = extremes.randomElement(using: &generator) ?? 0
                    case 2: damaged.remove(at: place)
                    default:
                        // Counts, lengths, dimensions and offsets are eight bytes.
                        let byte = extremes.randomElement(using: &generator) ?? 0
                        for index in place..<min(place + 8, damaged.count) { damaged[index] = byte }
                    }
                }
                try read(damaged, in: scratch)
            }
        }
    }

    private func refusal(_ bytes: [UInt8]) throws -> String {
        let error = try withScratch { scratch in
            try #require(throws: GGUFError.self) { try scratch.open(bytes) }
        }
        return error.description
    }

    @Test func otherFormatsAndVersionsAreToldApart() throws {
        #expect(try refusal([]).hasSuffix("the file is empty"))
        #expect(try refusal(Array("PK\u{3}\u{4}123456789".utf8)).hasSuffix("does not begin with 'GGUF'"))
        #expect(try refusal(Array("GGUF".utf8)).hasSuffix("does not begin with 'GGUF'"))
        #expect(try refusal(RawHeader(version: 1).bytes).contains("version 1 is obsolete"))
        #expect(try refusal(RawHeader(version: 4).bytes).contains("version 4 is unknown"))
        #expect(try refusal(RawHeader(version: 0).bytes).contains("version 0 is unknown"))
        #expect(try refusal(RawHeader(version: 0x0300_0000).bytes).contains("big-endian"))
    }

    @Test func countsBeyondTheFileAreRefusedBeforeAnythingIsAllocated() throws {
        #expect(try refusal(RawHeader(tensors: .max).bytes).contains("claims \(UInt64.max) tensors"))
        #expect(try refusal(RawHeader(keys: 1 << 40).bytes).contains("claims \(1 << 40) keys"))
        var header = RawHeader(keys: 1)
        header.key("list", type: 9, value: [6, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 127])
        #expect(try refusal(header.bytes).contains("the key 'list': claims \(Int.max) elements"))
    }

    @Test(
        arguments: [
            // (value type, bytes of the value, what is said)
            (13, [], "unknown value type 13"),
            (7, [2], "is 2 where true or false should be"),
            (8, [1, 0, 0, 0, 0, 0, 0, 128, 65], "bytes of text"),
            (9, [99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "unknown value type 99"),
            (4, [1, 2], "needs 4 bytes"),
        ] as [(UInt32, [UInt8], String)])
    func unsoundValues(type: UInt32, value: [UInt8], message: String) throws {
        var header = RawHeader(keys: 1)
        header.key("some.key", type: type, value: value)
        let refusal = try refusal(header.bytes)
        #expect(refusal.contains("the key 'some.key'"))
        #expect(refusal.contains(message))
    }

    @Test func arraysDoNotNestWithoutEnd() throws {
        var header = RawHeader(keys: 1)
        header.text("deep")
        header.number(UInt32(9))
        for _ in 0..<100_000 {
            header.number(UInt32(9))
            header.number(UInt64(1))
        }
        #expect(try refusal(header.bytes).contains("nests arrays more than 8 deep"))
    }

    @Test func duplicatesAreRefused() throws {
        var header = RawHeader(keys: 2)
        header.key("k", type: 0, value: [1])
        header.key("k", type: 0, value: [1])
        #expect(try refusal(header.bytes).contains("the key 'k': appears twice"))
        var tensors = RawHeader(tensors: 2)
        tensors.tensor("w", shape: [8])
        tensors.tensor("w", shape: [8], offset: 32)
        #expect(try refusal(tensors.with(data: 64)).contains("the tensor 'w': appears twice"))
    }

    @Test func emptyKeysAreRefused() throws {
        var header = RawHeader(keys: 1)
        header.key("", type: 4, value: [1, 0, 0, 0])
        #expect(try refusal(header.bytes).contains("key number 1"))
    }

    @Test(arguments: [0, 1, 4, 12, 48] as [UInt32]) func oddAlignmentsAreRefused(alignment: UInt32) throws {
        var header = RawHeader(keys: 1)
        header.key("general.alignment", type: 4, value: [UInt8(alignment), 0, 0, 0])
        #expect(try refusal(header.bytes).contains("'general.alignment'"))
    }

    @Test(
        arguments: [
            // (shape, type, offset, bytes of data, what is said)
            ([9], 0, 0, 32, "36 bytes at offset 0 reach past the end"),
            ([8], 0, 32, 32, "32 bytes at offset 32 reach past the end"),
            ([8], 0, .max - 31, 32, "is not a multiple of 32"),
            ([8], 0, 1 << 62, 32, "reach past the end"),
            ([8], 0, 16, 64, "offset 16 is not a multiple of 32"),
            ([8, 0], 0, 0, 32, "not positive"),
            ([1 << 63], 0, 0, 32, "dimension of 9223372036854775808"),
            ([1 << 32, 1 << 32], 0, 0, 32, "larger than memory"),
            ([1 << 61], 24, 0, 32, "larger than memory"),
            ([1, 1, 1, 1, 1], 0, 0, 32, "5 dimensions"),
            ([16], 8, 0, 64, "not a whole number of Q8_0 blocks"),
            ([8], 4, 0, 32, "type number 4"),
            ([8], 1000, 0, 32, "type number 1000"),
        ] as [([UInt64], UInt32, UInt64, Int, String)])
    func unsoundTensors(
        shape: [UInt64], type: UInt32, offset: UInt64, data: Int, message: String
    ) throws {
        var header = RawHeader(tensors: 1)
        header.tensor("blk.0.w", shape: shape, type: type, offset: offset)
        let refusal = try refusal(header.with(data: data))
        #expect(refusal.contains("the tensor 'blk.0.w'"))
        #expect(refusal.contains(message))
    }

    @Test func overlapsAreRefused() throws {
        var header = RawHeader(tensors: 2)
        header.tensor("a", shape: [16], offset: 32)
        header.tensor("b", shape: [16])
        #expect(try refusal(header.with(data: 96)).contains("the tensor 'a': its data overlap those of 'b'"))
    }

    @Test func tensorNamesAreBounded() throws {
        for name in ["", String(repeating: "n", count: 65)] {
            var header = RawHeader(tensors: 1)
            header.tensor(name, shape: [8])
            #expect(try refusal(header.with(data: 32)).contains("1 to 64 bytes"))
        }
    }

    /// A name from the file must not reach the terminal raw.
    @Test func errorsShowNoControlCharacters() throws {
        var header = RawHeader(keys: 1)
        header.key("\u{1b}[2J\u{9b}\u{202e}" + String(repeating: "k", count: 1000), type: 7, value: [9])
        let refusal = try refusal(header.bytes)
        #expect(refusal.contains(#"'\u{1b}[2J\u{9b}\u{202e}k"#))
        #expect(refusal.count < 400)
    }

    @Test func whatIsNoFileIsRefused() {
        let missing = #expect(throws: GGUFError.self) { try GGUFFile(path: "/no/such/model.gguf") }
        #expect(missing?.description == "/no/such/model.gguf: cannot be read: No such file or directory")
        let folder = #expect(throws: GGUFError.self) { try GGUFFile(path: "/") }
        #expect(folder?.description.contains("not a regular file") == true)
    }
}
