import Foundation
import GGUF
import TestSupport
import Testing

/// Files pass between this room and the reference implementation, both ways.
@Suite(.enabled(if: Python.hasGGUF, "python3 with the packages gguf and numpy is not installed"))
struct PythonTests {
    /// Reads every key and tensor and writes them again, with the dequantised tensors beside.
    private static let copyAndDequantize = """
        import sys, gguf, numpy as np
        source, target = sys.argv[1:]
        reader = gguf.GGUFReader(source)
        writer = gguf.GGUFWriter(target, reader.fields["general.architecture"].contents())
        for name, field in reader.fields.items():
            if name.startswith("GGUF.") or name == "general.architecture":
                continue
            sub_type = field.types[1] if len(field.types) > 1 else None
            writer.add_key_value(name, field.contents(), field.types[0], sub_type)
        for tensor in reader.tensors:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
        for tensor in reader.tensors:
            floats = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
            writer.add_tensor(tensor.name + ".floats", floats.astype(np.float32))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        """

    @Test(arguments: UInt64(0)..<2) func whatWeWritePythonReads(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var metadata: GGUFMetadata = ["general.architecture": .string("llama")]
        for index in 0..<40 {
            let value = generator.value(depth: 1)
            // The package cannot write an empty array.
            if case .array(let array) = value, array.count == 0 { continue }
            metadata["key.\(index)"] = value
        }
        var writer = GGUFWriter(metadata: metadata)
        for type in dequantizableTypes {
            let content = generator.blocks(of: type, count: 512 / type.blockLength * 3)
            try writer.add(name: "\(type)", shape: [512, 3], type: type) { $0.copyBytes(from: content) }
        }
        try withScratch { scratch in
            try writer.write(to: scratch.path("ours.gguf"))
            try Python.run(Self.copyAndDequantize, scratch.path("ours.gguf"), scratch.path("theirs.gguf"))
            let ours = try GGUFFile(path: scratch.path("ours.gguf"))
            let theirs = try GGUFFile(path: scratch.path("theirs.gguf"))
            #expect(theirs.metadata == metadata)
            for tensor in ours.tensors {
                let copy = try theirs.tensor(tensor.name)
                #expect(copy.shape == tensor.shape)
                #expect(copy.type == tensor.type)
                #expect([UInt8](copy.bytes) == [UInt8](tensor.bytes))
                let floats = try theirs.tensor("\(tensor.name).floats").floats()
                #expect(try tensor.floats().map(\.bitPattern) == floats.map(\.bitPattern), "\(tensor.type)")
            }
        }
    }

    /// Writes random floats, quantised in each way the package can, and the floats that come back from it.
    private static let quantize = """
        import sys, gguf, numpy as np
        from gguf import GGMLQuantizationType as T
        random = np.random.default_rng(1)
        writer = gguf.GGUFWriter(sys.argv[1], "llama")
        writer.add_uint32("llama.block_count", 30)
        writer.add_array("tokenizer.ggml.tokens", ["a", "\\u0120b", "\\U0001f98a"])
        writer.add_array("numbers", [1, 2, 3])
        writer.add_float32("epsilon", 1e-5)
        writer.add_bool("yes", True)
        floats = random.standard_normal((7, 256)).astype(np.float32) * 10.0 ** random.integers(-9, 4, (7, 1))
        floats = floats.astype(np.float32)
        floats[3, 32:64] = 0
        # Exact halves between two steps.
        floats[4, :32] = np.arange(32) / 2
        floats[4, 0] = 127
        writer.add_tensor("source", floats)
        for type in (T.F16, T.BF16, T.Q8_0, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1):
            data = gguf.quants.quantize(floats, type)
            writer.add_tensor(type.name, data, raw_dtype=type)
            writer.add_tensor(type.name + ".floats", gguf.quants.dequantize(data, type).astype(np.float32))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        """

    @Test func whatPythonWritesWeRead() throws {
        try withScratch { scratch in
            try Python.run(Self.quantize, scratch.path("m.gguf"))
            let file = try GGUFFile(path: scratch.path("m.gguf"))
            #expect(try file.string("general.architecture") == "llama")
            #expect(try file.int("llama.block_count") == 30)
            #expect(try file.strings("tokenizer.ggml.tokens") == ["a", "Ġb", "🦊"])
            #expect(try file.value("numbers", as: [Int].self) == [1, 2, 3])
            #expect(try file.value("epsilon", as: Float.self) == 1e-5)
            #expect(try file.value("yes", as: Bool.self))
            for type in [GGMLType.f16, .bf16, .q8_0, .q4_0, .q4_1, .q5_0, .q5_1] {
                let tensor = try file.tensor("\(type)")
                #expect(tensor.type == type)
                #expect(tensor.shape == [256, 7])
                let floats = try file.tensor("\(type).floats").floats()
                #expect(try tensor.floats().map(\.bitPattern) == floats.map(\.bitPattern), "\(type)")
            }
            // Written by us, the file is the same to the byte; so is what we quantise.
            var copy = GGUFWriter(metadata: file.metadata)
            for tensor in file.tensors { try copy.add(tensor) }
            try copy.write(to: scratch.path("copy.gguf"))
            #expect(try scratch.bytes("copy.gguf") == scratch.bytes("m.gguf"))
            let source = try file.tensor("source")
            var quantized = GGUFWriter()
            try quantized.add(
                name: "q", shape: source.shape,
                quantizing: { row, floats throws(GGUFError) in try source.dequantizeRow(row, into: floats) }
            )
            try quantized.write(to: scratch.path("q.gguf"))
            let ours = try GGUFFile(path: scratch.path("q.gguf")).tensor("q")
            #expect(try [UInt8](ours.bytes) == [UInt8](file.tensor("Q8_0").bytes))
        }
    }

    @Test func pythonReadsOurShards() throws {
        try withScratch { scratch in
            var writer = GGUFWriter(metadata: ["general.architecture": .string("llama")])
            for index in 0..<4 {
                try writer.add(name: "t\(index)", shape: [256], floats: [Float](repeating: 1, count: 256))
            }
            let paths = try writer.write(to: scratch.path("m.gguf"), shardLimit: 2500)
            let script = """
                import sys, gguf
                for path in sys.argv[1:]:
                    reader = gguf.GGUFReader(path)
                    split = [reader.fields["split." + key].contents() for key in ("no", "count", "tensors.count")]
                    print(*split, *(tensor.name for tensor in reader.tensors))
                """
            try #require(paths.count == 2)
            let printed = try Python.run(script, paths[0], paths[1])
            #expect(printed == "0 2 4 t0 t1\n1 2 4 t2 t3\n")
        }
    }

    @Test func weReadPythonsShards() throws {
        let script = """
            import sys, gguf, numpy as np
            writer = gguf.GGUFWriter(sys.argv[1], "llama", split_max_tensors=2)
            for index in range(5):
                writer.add_tensor(f"t{index}", np.full((32,), index, dtype=np.float32))
            writer.write_header_to_file()
            writer.write_kv_data_to_file()
            writer.write_tensors_to_file()
            writer.close()
            """
        try withScratch { scratch in
            try Python.run(script, scratch.path("m.gguf"))
            let file = try GGUFFile(path: scratch.path("m-00001-of-00003.gguf"))
            #expect(file.tensors.map(\.name) == (0..<5).map { "t\($0)" })
            #expect(try file.tensor("t4").floats() == [Float](repeating: 4, count: 32))
            #expect(try file.string("general.architecture") == "llama")
        }
    }
}
