import GGUF
import TestSupport
import Testing

/// Every format against what the reference implementation (`gguf.quants.dequantize` of the Python package)
/// makes of the same bytes. `PythonTests` compares float by float where that package is installed.
@Suite struct DequantizeTests {
    @Test(arguments: zip(dequantizableTypes, fingerprints))
    func agreesWithTheReference(type: GGMLType, fingerprint: UInt64) throws {
        var generator = SeededGenerator(seed: UInt64(type.rawValue))
        let content = generator.blocks(of: type, count: 512 / type.blockLength)
        let floats = try withScratch { scratch in
            var writer = GGUFWriter()
            try writer.add(name: "w", shape: [256, 2], type: type) { $0.copyBytes(from: content) }
            try writer.write(to: scratch.path("m.gguf"))
            return try GGUFFile(path: scratch.path("m.gguf")).tensor("w").floats()
        }
        #expect(fnv1a(floats) == fingerprint)
    }

    /// One for each of `dequantizableTypes`.
    static let fingerprints: [UInt64] = [
        0xd624_bb61_55b2_c1df, 0xf5be_3046_1bb7_4306, 0xddd0_7b3e_a6c8_c31e, 0xc6dd_955e_215e_d71d,
        0xd9bf_5bf2_58ac_0638, 0xfebd_a78e_fd18_eaea, 0x01f7_8637_2c10_1d57, 0x2a64_946c_7b04_1104,
        0xe45d_1c73_df29_02bf, 0x2a8e_85ae_0fb2_c6fe, 0xfd43_4b4f_dddf_2f0e, 0x0dc8_9c65_598c_4d6c,
        0x0d76_4a23_a2ce_e3a9,
    ]

    /// The FNV-1a hash of the floats' bytes.
    private func fnv1a(_ floats: [Float]) -> UInt64 {
        floats.withUnsafeBytes { bytes in
            bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        }
    }

    @Test func aRowIsReadAlone() throws {
        try withScratch { scratch in
            var writer = GGUFWriter()
            try writer.add(name: "w", shape: [2, 3], floats: [1, 2, 3, 4, 5, 6])
            try writer.write(to: scratch.path("m.gguf"))
            let tensor = try GGUFFile(path: scratch.path("m.gguf")).tensor("w")
            var row = [Float](repeating: 0, count: 3)
            try row.withUnsafeMutableBufferPointer { (buffer) throws(GGUFError) in
                try tensor.dequantizeRow(1, into: buffer)
            }
            #expect(row == [3, 4, 0])
        }
    }

    @Test func otherFormatsAreRefusedByName() throws {
        try withScratch { scratch in
            var writer = GGUFWriter()
            try writer.add(name: "w", shape: [256], type: .iq2_xs) { _ in }
            try writer.write(to: scratch.path("m.gguf"))
            let tensor = try GGUFFile(path: scratch.path("m.gguf")).tensor("w")
            let error = #expect(throws: GGUFError.self) { try tensor.floats() }
            #expect(error?.description.contains("the tensor 'w' is stored as IQ2_XS") == true)
        }
    }
}
