import Foundation
import GGUF
import InferenceEngine
import MoDModel
import TestSupport
import Tokenization

extension FuzzTarget {
    /// The container: its header, keys, and tensors, every byte of which is read.
    static let gguf = FuzzTarget(name: "gguf", seeds: { [smallFile(), smallFile(types: true)] }) { bytes in
        let path = ScratchFiles.shared.write(bytes, as: "model.gguf")
        guard let file = try? GGUFFile(path: path) else { return }
        read(file)
    }

    /// A model in several files. An input is pairs of a length, in two bytes, and so many bytes of a file.
    static let split = FuzzTarget(name: "split", seeds: { [shards()] }) { bytes in
        var reader = InputReader(bytes)
        let count = 1 + Int(reader.byte() % 4)
        var first: String?
        for index in 1...count {
            let length = Int(reader.byte()) << 8 | Int(reader.byte())
            let path = ScratchFiles.shared.write(
                reader.bytes(length), as: "split-0000\(index)-of-0000\(count).gguf")
            first = first ?? path
        }
        guard let first, let file = try? GGUFFile(path: first) else { return }
        read(file)
    }

    /// What a model's header says: an input is the header of a file whose weights are zeros. Opened, and run for some
    /// tokens where it is small enough.
    static let model = FuzzTarget(name: "model", seeds: { headers() }) { bytes in
        let path = ScratchFiles.shared.write(bytes, as: "header.gguf", padding: 1 << 20)
        guard let file = try? GGUFFile(path: path) else { return }
        _ = try? Tokenizer(file: file)
        guard let model = try? MoDModel(file: file), model.configuration.contextLength > 0 else { return }
        _ = model.description
        guard
            let session = try? ModelSession(
                model: model, contextLength: 8, threadCount: 1, chunkLength: 4)
        else { return }
        let last = Int32(model.configuration.vocabularySize - 1)
        let tokens = [0, last, min(1, last)]
        do {
            try session.forward(tokens[...], logits: .all)
            session.withLogits(row: 0) { logits in
                require(logits.allSatisfy { !$0.isNaN }, "a logit is no number")
            }
        } catch {
            require(!"\(error)".isEmpty, "an error says nothing")
        }
    }

    private static func read(_ file: GGUFFile) {
        for (key, value) in file.metadata {
            require(file.metadata[key] == value || isNaN(value), "another value")
        }
        for tensor in file.tensors {
            let elements = tensor.shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
            // Zeros that are not in the input take the sanitizers longest.
            guard elements > 0, elements < 1 << 16 else { continue }
            _ = try? tensor.floats()
        }
    }

    private static func isNaN(_ value: GGUFValue) -> Bool {
        switch value {
        case .float32(let number): number.isNaN
        case .float64(let number): number.isNaN
        case .array: true
        default: false
        }
    }

    private static func smallFile(types: Bool = false) -> Data {
        var metadata: GGUFMetadata = [
            "general.architecture": .string("llama"), "a": .uint32(7), "b": .float32(1.5), "c": .bool(true),
            "d": .array(.string(["x", "yz"])), "e": .array(.int32([1, -2])), "f": .int64(-5),
        ]
        if types { metadata["general.alignment"] = .uint32(64) }
        var writer = GGUFWriter(metadata: metadata)
        try? writer.add(name: "v", shape: [3], floats: [1, 2, 3])
        try? writer.add(name: "m", shape: [32, 2], floats: (0..<64).map { Float($0) })
        let path = ScratchFiles.shared.folder + "/seed.gguf"
        _ = try? writer.write(to: path)
        return (try? Data(contentsOf: URL(fileURLWithPath: path))) ?? Data()
    }

    private static func shards() -> Data {
        var writer = GGUFWriter(metadata: ["general.architecture": .string("llama")])
        for name in ["a", "b", "c"] {
            try? writer.add(name: name, shape: [32, 8], floats: (0..<256).map { Float($0) })
        }
        let paths = try? writer.write(to: ScratchFiles.shared.folder + "/seed.gguf", shardLimit: 1200)
        let files = (paths ?? []).compactMap { try? Data(contentsOf: URL(fileURLWithPath: $0)) }
        return files.reduce(into: Data([UInt8(truncatingIfNeeded: files.count - 1)])) { input, file in
            input.append(contentsOf: [UInt8(file.count >> 8), UInt8(file.count & 255)])
            input.append(file)
        }
    }

    private static func headers() -> [Data] {
        var shapes = [TinyModel(), TinyModel(), TinyModel(), TinyModel(), TinyModel()]
        for index in shapes.indices {
            shapes[index].blockCount = 2
            shapes[index].routedBlocks = [1]
            shapes[index].embeddingLength = 32
            shapes[index].headCount = 1
            shapes[index].feedForwardLength = 64
        }
        shapes[1].routedBlocks = []
        shapes[2].family = "qwen3"
        shapes[2].thinLength = 32
        shapes[3].family = "qwen2moe"
        shapes[3].experts = TinyModel.Experts()
        shapes[3].experts?.sharedLength = 32
        shapes[4].standInRank = 32
        return shapes.compactMap { shape in
            let path = ScratchFiles.shared.folder + "/seed.gguf"
            guard let writer = try? shape.writer(), (try? writer.write(to: path)) != nil,
                let file = try? GGUFFile(path: path),
                let data = try? Data(contentsOf: URL(fileURLWithPath: path))
            else { return nil }
            let weights = file.tensors.reduce(0) { $0 + ($1.bytes.count + 31) / 32 * 32 }
            return data.prefix(data.count - weights)
        }
    }
}
