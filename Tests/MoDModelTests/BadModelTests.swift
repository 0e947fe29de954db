import Foundation
import GGUF
import MoDModel
import TestSupport
import Testing

/// Every way to spoil a model ends in an error that names what is wrong.
@Suite("Bad models")
struct BadModelTests {
    private static let routed = ["blocks", "gate", "kv", "anchor_tokens", "capacities", "default_capacity"]
    private static let keys =
        [
            "block_count", "context_length", "embedding_length", "feed_forward_length",
            "attention.head_count", "attention.layer_norm_rms_epsilon",
        ] + routed.map { "routing.\($0)" }

    /// Opens spoiled parts and expects an error that names `item`.
    private func expectRefusal(_ parts: ModelParts, naming item: String) {
        do {
            _ = try parts.open()
            Issue.record("a model with a bad \(item) was opened")
        } catch let error as ModelError {
            #expect("\(error)".contains(item), "“\(error)” does not name \(item)")
            #expect(!"\(error)".contains("\n"))
        } catch {
            Issue.record("\(error) is no ModelError")
        }
    }

    @Test("Sound parts open")
    func sound() throws {
        _ = try ModelParts().open()
        _ = try ModelParts().dense().open()
    }

    @Test("A missing key", arguments: keys)
    func missingKey(key: String) throws {
        var parts = try ModelParts()
        parts.metadata["mod-llama.\(key)"] = nil
        expectRefusal(parts, naming: "mod-llama.\(key)")
    }

    @Test("A key of another type", arguments: keys)
    func wrongType(key: String) throws {
        var parts = try ModelParts()
        parts.metadata["mod-llama.\(key)"] = .bool(true)
        expectRefusal(parts, naming: "mod-llama.\(key)")
    }

    private static let shapes = [
        TinyModel(), Variant.integrated.shape, Variant(gate: .hard, kv: .all, family: .qwen2MoE).shape,
    ]

    @Test("A missing tensor, whichever", arguments: shapes)
    func missingTensor(shape: TinyModel) throws {
        let parts = try ModelParts(shape)
        for tensor in parts.tensors {
            var spoiled = parts
            spoiled.remove(tensor.name)
            expectRefusal(spoiled, naming: tensor.name)
        }
    }

    @Test("A tensor that is too wide, whichever", arguments: shapes)
    func wrongShape(shape: TinyModel) throws {
        let parts = try ModelParts(shape)
        for tensor in parts.tensors {
            var spoiled = parts
            let shape = [tensor.rowLength + 32] + tensor.shape.dropFirst()
            spoiled.set(tensor.name, shape: shape, floats: Array(repeating: 0, count: shape.reduce(1, *)))
            expectRefusal(spoiled, naming: tensor.name)
        }
    }

    @Test("A matrix with a row too many or too few, whichever")
    func wrongRows() throws {
        let parts = try ModelParts()
        for tensor in parts.tensors where tensor.type == .q8_0 && tensor.name != "token_embd.weight" {
            for rows in [tensor.rowCount - 1, tensor.rowCount + 1] {
                var spoiled = parts
                let zeros = Array(repeating: Float(0), count: rows * tensor.rowLength)
                spoiled.set(tensor.name, shape: [tensor.rowLength, rows], floats: zeros)
                expectRefusal(spoiled, naming: tensor.name)
            }
        }
    }

    @Test(
        "Experts that make no model",
        arguments: [
            ("expert_count", .uint32(4), "blk.0.ffn_gate_inp.weight"), ("expert_count", .uint32(.max), nil),
            ("expert_count", .int32(-1), nil), ("expert_count", .uint32(0), "expert_used_count"),
            ("expert_used_count", .uint32(0), nil), ("expert_used_count", .uint32(6), nil),
            ("expert_feed_forward_length", .uint32(48), nil),
            ("expert_feed_forward_length", .uint32(96), "blk.0.ffn_gate_exps.weight"),
            ("expert_shared_feed_forward_length", .uint32(96), nil),
            ("expert_weights_scale", .float32(2.5), nil),
            ("routing.expert_weighting", .string("sigmoid"), nil),
            ("routing.noop_expert", .bool(false), "blk.0.ffn_gate_inp.weight"),
            ("routing.thin_width", .float32(0.4), nil),
        ] as [(String, GGUFValue, String?)])
    func experts(key: String, value: GGUFValue, item: String?) throws {
        var parts = try ModelParts(Variant.integrated.shape)
        _ = try parts.open()
        parts.metadata["mod-llama.\(key)"] = value
        expectRefusal(parts, naming: item ?? key)
    }

    @Test("Experts where dense models of the family have none, or that would need a key of routed ones")
    func denseExperts() throws {
        var shape = TinyModel()
        shape.routedBlocks = []
        shape.experts = TinyModel.Experts()
        _ = try ModelParts(shape).open()
        shape.family = "qwen3"
        expectRefusal(try ModelParts(shape), naming: "qwen3.expert_count")
        shape.family = "llama"
        shape.experts?.hasBiases = true
        expectRefusal(try ModelParts(shape), naming: "blk.0.ffn_gate_inp.bias")
        shape.experts?.hasBiases = false
        shape.experts?.hasNoOp = true
        expectRefusal(try ModelParts(shape), naming: "llama.routing.noop_expert")
        shape.family = "qwen3moe"
        shape.experts = nil
        expectRefusal(try ModelParts(shape), naming: "qwen3moe.expert_count")
    }

    @Test("Keys whose values make no model", arguments: SpoiledValue.all)
    func badValue(value: SpoiledValue) throws {
        var parts = try ModelParts()
        parts.metadata[value.key.hasPrefix("general") ? value.key : "mod-llama.\(value.key)"] = value.value
        expectRefusal(parts, naming: value.item)
    }

    @Test(
        "Thresholds that are no table",
        arguments: [
            [4, 0.8, .nan, -0.8, -4], [4, 0.8, 0.9, -0.8, -4], [.infinity, 0.8, 0, -0.8, -4],
            [4, 0.8, 0, -0.8, -1e30],
        ] as [[Float]])
    func thresholds(row: [Float]) throws {
        var parts = try ModelParts()
        parts.set("blk.2.depth_router.threshold", shape: [5], floats: row)
        expectRefusal(parts, naming: "blk.2.depth_router.threshold")
    }

    @Test(
        "Shares and thin thresholds that are none",
        arguments: [
            ("share", [0, 0.2, 0.1, 0.5, 1]), ("share", [0, 0.2, 0.3, 0.5, 1.5]),
            ("thin_share", [0, 0.2, -0.1, 0.2, 0]),
            ("thin_share", [0, 0.2, 0.9, 0.1, 0]), ("thin_threshold", [5, 0, -1, -2, -5]),
            ("thin_threshold", [3, 0, 1, -2, -5]), ("thin_threshold", [.nan, 0, -1, -2, -5]),
        ] as [(String, [Float])])
    func gradedRows(name: String, row: [Float]) throws {
        var shape = TinyModel()
        shape.thinLength = 32
        var parts = try ModelParts(shape)
        _ = try parts.open()
        parts.set("blk.2.depth_router.\(name)", shape: [5], floats: row)
        expectRefusal(parts, naming: "blk.2.depth_router.\(name)")
    }

    @Test("Shares whose sums fall by no more than rounding")
    func roundedShares() throws {
        var shape = TinyModel()
        shape.thinLength = 32
        var parts = try ModelParts(shape)
        let full: [Float] = [0, 0.169, 0.4755, 0.75, 1]
        let processed: [Float] = [0, 0.8285, 0.8285, 1, 1]
        let thin = zip(processed, full).map { $0 - $1 }
        #expect(
            full[2] + thin[2] < full[1] + thin[1],
            "else this test means nothing")
        parts.set("blk.2.depth_router.share", shape: [5], floats: full)
        parts.set("blk.2.depth_router.thin_share", shape: [5], floats: thin)
        _ = try parts.open()
    }

    @Test(
        "A thin path of no whole groups of rows, or of all of them",
        arguments: [-0.5, 0.3, 1, 1.5, Float.nan])
    func thinWidth(width: Float) throws {
        var parts = try ModelParts()
        parts.metadata["mod-llama.routing.thin_width"] = .float32(width)
        expectRefusal(parts, naming: "mod-llama.routing.thin_width")
    }

    @Test("Stand-ins of no whole groups, or of more than the embedding", arguments: [16, 48, 96] as [UInt32])
    func standInRank(rank: UInt32) throws {
        var shape = TinyModel()
        shape.standInRank = 32
        var parts = try ModelParts(shape)
        _ = try parts.open()
        parts.metadata["mod-llama.routing.stand_in_rank"] = .uint32(rank)
        expectRefusal(parts, naming: "mod-llama.routing.stand_in_rank")
    }

    @Test("A stand-in without a rank, and one that is not of it")
    func standInTensors() throws {
        var shape = TinyModel()
        shape.standInRank = 32
        var parts = try ModelParts(shape)
        parts.set("blk.2.depth_stand_in.out.bias", shape: [3], floats: [0, 0, 0])
        expectRefusal(parts, naming: "blk.2.depth_stand_in.out.bias")
        parts = try ModelParts(shape)
        parts.metadata["mod-llama.routing.stand_in_rank"] = .uint32(0)
        expectRefusal(parts, naming: "depth_stand_in")
    }

    @Test("Thin thresholds without a thin path")
    func thinWithoutWidth() throws {
        var parts = try ModelParts()
        parts.set("blk.2.depth_router.thin_share", shape: [5], floats: [0, 0, 0, 0, 0])
        expectRefusal(parts, naming: "blk.2.depth_router.thin_share")
    }

    @Test("Keys that ask for nothing, or tell of the model")
    func neutralKeys() throws {
        var parts = try ModelParts()
        let neutral: GGUFMetadata = [
            "logit_scale": .float32(1), "residual_scale": .float32(0), "attention.causal": .bool(true),
            "expert_count": .uint32(0), "attention.sliding_window": .uint32(256),
            "final_logit_softcapping": .float32(0), "rope.scaling.finetuned": .bool(false),
            "rope.scaling.type": .string("none"), "rope.scaling.factor": .float32(4),
            "tensor_data_layout": .string("Meta AI original pth"),
        ]
        for (key, value) in neutral { parts.metadata["mod-llama.\(key)"] = value }
        #expect(try parts.open().configuration == ModelParts().open().configuration)
    }

    @Test("Routing in a dense model")
    func routingInDenseModel() throws {
        var parts = try ModelParts().dense()
        parts.metadata["llama.routing.gate"] = .string("hard")
        expectRefusal(parts, naming: "llama.routing.gate")
    }

    @Test("More tokens than the embedding has rows")
    func tooManyTokens() throws {
        var parts = try ModelParts()
        parts.metadata["tokenizer.ggml.tokens"] = .array(.string(TinyModel.tokens + ["one more"]))
        expectRefusal(parts, naming: "tokenizer.ggml.tokens")
        parts.metadata["tokenizer.ggml.tokens"] = .array(.string(TinyModel.tokens.dropLast()))
        _ = try parts.open()
    }

    @Test("A matrix in a format without a decoder is refused by name")
    func codebookFormat() throws {
        let directory = try TemporaryDirectory()
        let path = directory.url.appending(path: "iq.gguf").path
        var shape = TinyModel()
        shape.embeddingLength = 256
        let whole = try GGUFFile(path: shape.write(into: directory.url))
        var writer = GGUFWriter(metadata: whole.metadata)
        for tensor in whole.tensors where tensor.name != "blk.0.attn_k.weight" { try writer.add(tensor) }
        try writer.add(name: "blk.0.attn_k.weight", shape: [256, 32], type: .iq2_xs) { _ in }
        try writer.write(to: path)
        let error = #expect(throws: ModelError.self) { try MoDModel(contentsOf: path) }
        #expect(error?.description.contains("'blk.0.attn_k.weight' is stored as IQ2_XS") == true)
    }

    @Test(
        "A tensor that would be left out",
        arguments: ["blk.0.attn_q.bias", "blk.0.attn_q_norm.weight", "rope_freqs.weight", "blk.1"])
    func unknownTensor(name: String) throws {
        var parts = try ModelParts()
        parts.set(name, shape: [64], floats: Array(repeating: 1, count: 64))
        expectRefusal(parts, naming: name)
    }

    @Test("Blocks beyond those declared")
    func tooManyBlocks() throws {
        var parts = try ModelParts()
        parts.metadata["mod-llama.block_count"] = .uint32(3)
        expectRefusal(parts, naming: "blk.3.")
    }

    @Test("A matrix with numbers that are not finite", arguments: [Float.nan, .infinity, 1e30])
    func badWeights(value: Float) throws {
        var parts = try ModelParts()
        var floats = Array(repeating: Float(0.1), count: 64 * 32)
        floats[777] = value
        parts.set("blk.1.attn_k.weight", shape: [64, 32], floats: floats)
        expectRefusal(parts, naming: "blk.1.attn_k.weight")
    }

    @Test("A norm or a router with a number that is not finite", arguments: [Float.nan, .infinity])
    func badVectors(value: Float) throws {
        let parts = try ModelParts()
        let vectors = parts.tensors.filter { $0.type == .f32 }
        #expect(vectors.count == 1 + 4 * 2 + 2 * 5)
        for tensor in vectors {
            var spoiled = parts
            var floats = try tensor.floats()
            floats[floats.count - 1] = value
            spoiled.set(tensor.name, shape: tensor.shape, floats: floats)
            expectRefusal(spoiled, naming: tensor.name)
        }
    }

    @Test("A router in a dense model")
    func routerInDenseModel() throws {
        var parts = try ModelParts().dense()
        parts.set("blk.2.depth_router.out.bias", shape: [1], floats: [0])
        expectRefusal(parts, naming: "blk.2.depth_router.out.bias")
    }

    @Test("No file, and a file that is none")
    func noModel() throws {
        #expect(throws: ModelError.self) { try MoDModel(contentsOf: "/nonexistent/model.gguf") }
        #expect(throws: ModelError.self) { try MoDModel(contentsOf: "/dev/null") }
    }
}
