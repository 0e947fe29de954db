import Conversations
import Foundation
import GGUF
import InferenceEngine
import MoDModel
import TestSupport
import Testing
import Tokenization

/// Families, tokenizers, chat templates and matrix types are apart from one another in the engine, and so any goes with
/// any. That is shown here; that each does what it should, by the tests that MODELS.md names.
@Suite("Any family with any tokenizer, template and matrix type")
struct CombinationTests {
    /// A tokenizer that a file may ask for: its keys of GGUF, and its vocabulary's size.
    struct Vocabulary {
        var keys: GGUFMetadata
        var size: Int
    }

    /// Tokens that some template there is ends a turn with, or begins one.
    private static let control = [
        "<unk>", "<s>", "</s>", "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|begin_of_text|>",
        "<|eot_id|>",
        "<|start_header_id|>", "<|end_header_id|>", "<start_of_turn>", "<end_of_turn>", "<|user|>",
        "<|assistant|>", "<|system|>", "<|end|>", "[INST]", "[/INST]",
    ]

    /// A vocabulary of control tokens and bytes.
    private static func vocabulary(_ tokenizer: ModelsPage.Tokenizer) -> Vocabulary {
        let kinds = control.indices.map { $0 == 0 ? Int32(2) : 3 }
        var keys: GGUFMetadata = [
            "tokenizer.ggml.model": .string(tokenizer.model.rawValue),
            "tokenizer.ggml.bos_token_id": .uint32(1), "tokenizer.ggml.eos_token_id": .uint32(2),
        ]
        switch tokenizer.model {
        case .bytePairs:
            let bytes = Array(TinyModel.tokens.dropFirst(TinyModel.controlTokens.count))
            keys["tokenizer.ggml.pre"] = .string(tokenizer.rule ?? "")
            keys["tokenizer.ggml.tokens"] = .array(.string(control + bytes))
            keys["tokenizer.ggml.token_type"] = .array(.int32(kinds + bytes.map { _ in 1 }))
            keys["tokenizer.ggml.merges"] = .array(.string(TinyModel.merges))
            return Vocabulary(keys: keys, size: control.count + bytes.count)
        case .sentencePiece:
            let bytes = (0..<256).map {
                "<0x" + ($0 < 16 ? "0" : "") + String($0, radix: 16).uppercased() + ">"
            }
            let pieces = ["▁", "h", "e", "he"]
            let count = control.count + bytes.count + pieces.count
            keys["tokenizer.ggml.tokens"] = .array(.string(control + bytes + pieces))
            keys["tokenizer.ggml.token_type"] = .array(
                .int32(kinds + bytes.map { _ in 6 } + pieces.map { _ in 1 }))
            keys["tokenizer.ggml.scores"] = .array(.float32((0..<count).map { -Float($0) }))
            return Vocabulary(keys: keys, size: count)
        }
    }

    /// A small dense model of a family, whose rows are long enough for every type.
    private func shape(_ family: ModelsPage.Family) -> TinyModel {
        var shape = TinyModel()
        shape.family = family.architecture
        if family.hasExperts {
            var experts = TinyModel.Experts()
            experts.length = 256
            experts.sharedLength = family.architecture == "qwen2moe" ? 256 : nil
            shape.experts = experts
        }
        (shape.blockCount, shape.routedBlocks) = (2, [])
        (shape.embeddingLength, shape.headCount, shape.feedForwardLength) = (256, 8, 256)
        return shape
    }

    /// Numbers of a type that come to small weights: each group's scale is about 2⁻¹².
    private func bytes(of type: GGMLType, count: Int) -> [UInt8] {
        var random = SeededGenerator(seed: 7)
        switch type {
        case .f32, .f16, .bf16:
            return (0..<count).flatMap { _ -> [UInt8] in
                let number = Float.random(in: -0.1...0.1, using: &random)
                let bits = number.bitPattern
                let half = type == .f16 ? HalfFloat.bits(number) : UInt16(bits >> 16)
                return type == .f32
                    ? withUnsafeBytes(of: bits.littleEndian, Array.init)
                    : withUnsafeBytes(of: half.littleEndian, Array.init)
            }
        default:
            return random.blocks(of: type, count: count / type.blockLength, exponent: 3)
        }
    }

    @Test("It opens and answers", arguments: ModelsPage.families)
    func answers(family: ModelsPage.Family) async throws {
        let directory = try TemporaryDirectory()
        let model = try GGUFFile(path: shape(family).write(into: directory.url))
        let types = try ModelsPage.types()
        let numbers = Dictionary(uniqueKeysWithValues: types.map { ($0, bytes(of: $0, count: 1 << 19)) })
        let templates = try ModelsPage.templates()
        for (row, tokenizer) in ModelsPage.tokenizers.enumerated() {
            let vocabulary = Self.vocabulary(tokenizer)
            for (column, template) in templates.enumerated() {
                let type = types[(row + column) % types.count]
                let content = try #require(numbers[type])
                var metadata: GGUFMetadata = [:]
                for (key, value) in model.metadata where !key.hasPrefix("tokenizer.") {
                    metadata[key] = value
                }
                for (key, value) in vocabulary.keys { metadata[key] = value }
                metadata["tokenizer.chat_template"] = .string(template.source)
                var writer = GGUFWriter(metadata: metadata)
                for tensor in model.tensors {
                    guard tensor.type == .q8_0 else {
                        try writer.add(tensor)
                        continue
                    }
                    var shape = tensor.shape
                    if tensor.name == "token_embd.weight" { shape[1] = vocabulary.size }
                    try writer.add(name: tensor.name, shape: shape, type: type) { out in
                        out.copyBytes(from: content.prefix(out.count))
                    }
                }
                let path = directory.url.appending(path: "model.gguf").path
                try writer.write(to: path)
                let name = "\(family) \(tokenizer) \(template.name) \(type)"
                do {
                    let engine = try InferenceEngine(contentsOf: path)
                    var conversation = Conversation()
                    conversation.append(.user, "hello", date: .now)
                    let options = SamplingOptions(temperature: 0, maximumTokens: 2)
                    var count = 0
                    for await event in engine.generate(conversation, sampling: options) {
                        if case .token = event.kind { count += 1 }
                    }
                    #expect(count > 0, "\(name)")
                } catch {
                    Issue.record("\(name): \(error)")
                }
            }
        }
    }
}
