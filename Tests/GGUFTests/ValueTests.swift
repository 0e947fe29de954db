import GGUF
import Testing

@Suite struct ValueTests {
    @Test func textThatIsNotUTF8HarmsNobodyWhoDoesNotAskForIt() throws {
        let bad: [UInt8] = [0xc3, 0x28]
        let metadata: GGUFMetadata = [
            "a": .malformedString(bad), "b": .array(.malformedStrings([bad, Array("ü".utf8), []])),
            "c": .string("ü"),
        ]
        try withScratch { scratch in
            try GGUFWriter(metadata: metadata).write(to: scratch.path("m.gguf"))
            let file = try GGUFFile(path: scratch.path("m.gguf"))
            #expect(file.metadata == metadata)
            #expect(try file.string("c") == "ü")
            let one = #expect(throws: GGUFError.self) { try file.string("a") }
            #expect(one?.description.contains("'a' should be a text but is str that is not UTF-8") == true)
            let many = #expect(throws: GGUFError.self) { try file.strings("b") }
            #expect(many?.description.contains("is [str] of 3, not all of them UTF-8") == true)
        }
    }

    private func file(_ metadata: GGUFMetadata) throws -> GGUFFile {
        try withScratch { scratch in
            try GGUFWriter(metadata: metadata).write(to: scratch.path("m.gguf"))
            return try GGUFFile(path: scratch.path("m.gguf"))
        }
    }

    @Test(arguments: [
        GGUFValue.uint8(7), .int8(7), .uint16(7), .int16(7), .uint32(7), .int32(7), .uint64(7), .int64(7),
    ])
    func anIntegerOfAnyWidthWillDo(value: GGUFValue) throws {
        let file = try file(["k": value])
        #expect(try file.int("k") == 7)
        #expect(try file.value("k", as: UInt32.self) == 7)
        #expect(try file.value("k", as: UInt8.self) == 7)
        #expect(throws: GGUFError.self) { try file.value("k", as: Float.self) }
        #expect(throws: GGUFError.self) { try file.value("k", as: Bool.self) }
    }

    @Test func whatDoesNotFitIsRefusedByName() throws {
        let file = try file(["k": .int32(-1), "s": .string("x"), "a": .array(.int16([1, -1]))])
        let error = #expect(throws: GGUFError.self) { try file.value("k", as: UInt32.self) }
        #expect(
            error?.description
                == "\(file.path): the key 'k' should be an integer within 0…4294967295 but is i32 -1; "
                + "convert the model again"
        )
        let array = #expect(throws: GGUFError.self) { try file.value("a", as: [UInt8].self) }
        #expect(array?.description.contains("is [i16] of 2") == true)
        #expect(throws: GGUFError.self) { try file.strings("s") }
        #expect(throws: GGUFError.missingKey(path: file.path, key: "none")) { try file.string("none") }
        #expect(try file.valueIfPresent("none", as: Int.self) == nil)
        #expect(throws: GGUFError.self) { try file.valueIfPresent("s", as: Int.self) }
    }

    @Test func everythingElseIsReadAsItIs() throws {
        let file = try file([
            "f": .float32(0.5), "d": .float64(0.25), "b": .bool(true), "s": .string("🦊"),
            "strings": .array(.string(["a", ""])), "ints": .array(.uint16([1, 65535])),
            "floats": .array(.float32([1, 2])), "nested": .array(.array([.int8([1]), .int8([])])),
        ])
        #expect(try file.value("f", as: Float.self) == 0.5)
        #expect(try file.value("d", as: Float.self) == 0.25)
        #expect(try file.value("f", as: Double.self) == 0.5)
        #expect(try file.value("b", as: Bool.self))
        #expect(try file.string("s") == "🦊")
        #expect(try file.strings("strings") == ["a", ""])
        #expect(try file.value("ints", as: [Int].self) == [1, 65535])
        #expect(try file.value("floats", as: [Float].self) == [1, 2])
        #expect(try file.value("nested") == [[1], []])
    }

    @Test func summaries() {
        #expect(GGUFValue.uint32(7).summary == "u32 7")
        #expect(GGUFValue.string("a\u{1b}[31m").summary == #"str 'a\u{1b}[31m'"#)
        #expect(GGUFValue.array(.string(["a", "b"])).summary == "[str] of 2")
    }

    @Test func metadataKeepTheirOrder() {
        var metadata: GGUFMetadata = ["b": .bool(true), "a": .bool(true), "c": .bool(true)]
        metadata["b"] = .bool(false)
        metadata["a"] = nil
        metadata["nothing"] = nil
        metadata["a"] = .uint8(1)
        #expect(metadata.keys == ["b", "c", "a"])
        #expect(metadata.map(\.value) == [.bool(false), .bool(true), .uint8(1)])
    }
}
