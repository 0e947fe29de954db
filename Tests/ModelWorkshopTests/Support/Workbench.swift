import Foundation
import GGUF
import MoDModel
import ModelWorkshop
import TestSupport
import Tokenization

/// A directory to write models and texts in, and small ones to write.
final class Workbench {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    func path(_ name: String) -> String {
        directory.url.appendingPathComponent(name).path
    }

    /// The names of all files, sorted.
    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.url.path).sorted()
    }

    func model(_ shape: TinyModel) throws -> MoDModel {
        try MoDModel(contentsOf: shape.write(into: directory.url, named: "\(UUID().uuidString).gguf"))
    }

    /// The same with numbers changed: of a matrix row after row.
    func model(
        _ shape: TinyModel, changing change: (_ tensor: String, _ floats: inout [Float]) -> Void
    ) throws -> MoDModel {
        try model(changing: model(shape), change)
    }

    /// The same of a model that is there.
    func model(
        changing model: MoDModel, _ change: (_ tensor: String, _ floats: inout [Float]) -> Void
    ) throws -> MoDModel {
        let file = model.file
        var writer = GGUFWriter(metadata: file.metadata)
        for tensor in file.tensors {
            let before = try tensor.floats()
            var floats = before
            change(tensor.name, &floats)
            if floats == before {
                try writer.add(tensor)
            } else if tensor.type == .f32 {
                try writer.add(name: tensor.name, shape: tensor.shape, floats: floats)
            } else {
                let length = tensor.rowLength
                try writer.add(name: tensor.name, shape: tensor.shape) { row, out throws(GGUFError) in
                    _ = out.update(fromContentsOf: floats[row * length..<(row + 1) * length])
                }
            }
        }
        let path = path("\(UUID().uuidString).gguf")
        try writer.write(to: path)
        return try MoDModel(contentsOf: path)
    }

    /// A dense model of whose hidden units a third, every third one, does all the work.
    func modelOfFewUnits() throws -> MoDModel {
        try model(Self.dense) { name, floats in
            guard name.hasSuffix("ffn_down.weight") else { return }
            for place in floats.indices where !place.isMultiple(of: 3) { floats[place] *= 0.01 }
        }
    }

    /// A dense model whose hidden units add up to nothing, but only all together: one of each three undoes what the
    /// other two do, and counts for more than either.
    func modelOfBalancedUnits() throws -> MoDModel {
        try model(Self.dense) { name, floats in
            if name.hasSuffix("ffn_gate.weight") || name.hasSuffix("ffn_up.weight") {
                let first = floats[..<(floats.count / 3)]
                floats = Array([first, first, first].joined())
            } else if name.hasSuffix("ffn_down.weight") {
                for place in floats.indices where place % 96 < 32 {
                    floats[place] *= 2
                    floats[place + 32] = floats[place] / -2
                    floats[place + 64] = floats[place] / -2
                }
            }
        }
    }

    func text(_ content: String) throws -> String {
        try text(Data(content.utf8))
    }

    func text(_ content: Data) throws -> String {
        let path = path("\(UUID().uuidString).jsonl")
        try content.write(to: URL(filePath: path))
        return path
    }

    /// The smallest dense model that leaves blocks to route, and a few more.
    static var dense: TinyModel {
        var shape = TinyModel()
        shape.blockCount = 8
        shape.routedBlocks = []
        return shape
    }
}

extension MoDModel {
    func tokenizer() throws -> Tokenizer {
        try Tokenizer(
            vocabulary: TokenizerVocabulary(
                tokens: file.strings("tokenizer.ggml.tokens"),
                kinds: file.value("tokenizer.ggml.token_type"),
                merges: file.strings("tokenizer.ggml.merges"),
                preTokenizer: file.string("tokenizer.ggml.pre"),
                endOfText: file.int("tokenizer.ggml.eos_token_id")))
    }

    /// Texts of tokens drawn from the whole vocabulary.
    func corpus(texts: Int, length: Int, seed: UInt64 = 1) -> ChatCorpus {
        ChatCorpus(chats: (0..<UInt64(texts)).map { ScoredText(tokens(length, seed: seed + $0)) })
    }

    func tokens(_ count: Int, seed: UInt64 = 1) -> [Int32] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            Int32.random(in: 0..<Int32(configuration.vocabularySize), using: &random)
        }
    }

    func session(chunkLength: Int = 64) throws -> ModelSession {
        try ModelSession(model: self, threadCount: 1, chunkLength: chunkLength)
    }
}

extension ModelSession {
    /// Runs a text from an empty context: [token][vocabulary] and [token].
    func run(_ tokens: [Int32]) throws -> (logits: [[Float]], routings: [TokenRouting]) {
        truncate(to: 0)
        var logits: [[Float]] = []
        var routings: [TokenRouting] = []
        for token in tokens {
            try forward([token], logits: .last)
            logits.append(withLogits(row: 0) { Array($0) })
            routings.append(routing(row: 0))
        }
        return (logits, routings)
    }
}
