import CInt8Kernels
import GGUF
import MoDModel
import TestSupport
import Testing

@Suite("Bytes of weights read")
struct WeightBytesTests {
    @Test("A block of Q8_0 in a file is what the kernels take for a group")
    func groups() {
        #expect(GGMLType.q8_0.blockLength == Int(INT8_GROUP))
        #expect(GGMLType.q8_0.blockBytes == Int(INT8_WEIGHT_GROUP_BYTES))
    }

    @Test("The cost is that of the tensors a token touches", arguments: Variant.all)
    func counted(variant: Variant) throws {
        let model = try variant.model()
        let file = model.file
        func bytes(_ names: [String]) throws -> Int {
            try names.reduce(0) { $0 + (try file.tensor($1)).byteCount }
        }
        let norms = ["attn_norm", "ffn_norm"]
        let kv = ["attn_k", "attn_v"]
        let perceptrons = ["ffn_gate", "ffn_up", "ffn_down"]
        let (keyParts, queryParts): ([String], [String]) =
            switch variant.family {
            case .qwen2, .qwen2MoE: (["attn_k.bias", "attn_v.bias"], ["attn_q.bias"])
            case .qwen3, .qwen3MoE: (["attn_k_norm.weight"], ["attn_q_norm.weight"])
            default: ([], [])
            }
        let parts = try bytes((keyParts + queryParts).map { "blk.1.\($0)" })
        func matrices(_ names: [String]) throws -> Int { try bytes(names.map { "blk.1.\($0).weight" }) }
        let attention = try matrices(norms + kv + ["attn_q", "attn_output"]) + parts
        let experts = model.configuration.experts
        let expert = try experts.map { try matrices(perceptrons.map { "\($0)_exps" }) / $0.count } ?? 0
        var perceptron = 0
        if let experts {
            perceptron = experts.used * expert + (try matrices(["ffn_gate_inp"]))
            if experts.hasBiases { perceptron += try bytes(["blk.1.ffn_gate_inp.bias"]) }
            if experts.sharedLength != nil {
                perceptron += try matrices(perceptrons.map { "\($0)_shexp" } + ["ffn_gate_inp_shexp"])
            }
        } else {
            perceptron = try matrices(perceptrons)
        }
        let block = attention + perceptron
        let routers = try bytes(
            model.configuration.routing.blocks.flatMap { block in
                ["in.weight", "in.bias", "out.weight", "out.bias"].map { "blk.\(block).depth_router.\($0)" }
            })
        let standIn =
            try variant.hasStandIn
            ? bytes(["in.weight", "out.weight", "out.bias"].map { "blk.1.depth_stand_in.\($0)" }) : 0
        let bypassed =
            try bytes(["blk.1.attn_norm.weight"]) + standIn
            + (variant.kv == .all
                ? try bytes((kv.map { "\($0).weight" } + keyParts).map { "blk.1.\($0)" }) : 0)
        let embedding = try file.tensor("token_embd.weight")
        let head = file.tensorIfPresent("output.weight") ?? embedding
        let outside = embedding.rowBytes + head.byteCount + (try bytes(["output_norm.weight"]))
        let weights = model.description.weights
        // 64 of 160 rows, or of as many columns.
        let thin = block - (variant.isGraded ? perceptron * 96 / 160 : 0)
        #expect(weights.fullBlock == block && weights.thinBlock == thin)
        #expect(weights.thinWork == Double(thin) / Double(block))
        #expect(weights.bypassedBlock == bypassed)
        #expect(weights.outsideBlocks == outside)
        #expect(weights.routers == routers)

        let routing = TokenRouting(
            grades: [.full, .thin, .full, .bypassed, .bypassed], scores: [1, 0, 0],
            thresholds: [Thresholds(full: 2, thin: 0), Thresholds(1), Thresholds(1)],
            reasons: [.score, .score, .score],
            experts: experts == nil ? [] : [[0, 1], [2], [], [], []])
        let untaken = experts.map { 2 * $0.used - 2 } ?? 0
        let read = outside + 2 * block + thin + 2 * bypassed + routers - untaken * expert
        #expect(weights.read(by: routing) == read)
        let whole = outside + 5 * (block + (experts.map { $0.count - $0.used } ?? 0) * expert)
        #expect(weights.whole(blockCount: 5) == whole)
        let share = Double(read) / Double(whole)
        #expect(weights.shareRead(by: routing) == share)
    }

    @Test("A token that every block processed reads all of a model without routers")
    func dense() {
        let weights = WeightBytes(outsideBlocks: 100, fullBlock: 10, bypassedBlock: 3)
        let all = TokenRouting(grades: [.full, .full], scores: [], thresholds: [], reasons: [])
        #expect(weights.read(by: all) == 120 && weights.shareRead(by: all) == 1)
        let none = TokenRouting(grades: [], scores: [], thresholds: [], reasons: [])
        #expect(WeightBytes(outsideBlocks: 0, fullBlock: 1, bypassedBlock: 1).shareRead(by: none) == 1)
    }
}
