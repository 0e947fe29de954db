import GGUF
import Testing

/// One key with a value that must be refused.
struct SpoiledValue: Sendable, CustomTestStringConvertible {
    let key: String
    let value: GGUFValue
    /// What the error names, where that is not the key itself.
    let item: String

    init(_ key: String, _ value: GGUFValue, item: String? = nil) {
        self.key = key
        self.value = value
        self.item = item ?? key
    }

    var testDescription: String { "\(key) = \(value)" }

    static let all: [SpoiledValue] =
        counts + numbers + routing + scaling + foreign + [
            SpoiledValue("general.architecture", .string("gpt2")),
            SpoiledValue("general.architecture", .string("mod-gpt2")),
            SpoiledValue("general.architecture", .string("mod-mod-llama")),
        ]

    private static let scaling = [
        SpoiledValue("rope.scaling.type", .string("longrope")),
        SpoiledValue("rope.scaling.type", .string("")),
        SpoiledValue("rope.scaling.type", .uint32(1)),
        SpoiledValue("rope.scaling.factor", .float32(-2)),
        SpoiledValue("rope.scaling.factor", .float32(.nan)),
        SpoiledValue("rope.scaling.factor", .float32(.infinity)),
        SpoiledValue("rope.scale_linear", .float32(-2)),
        SpoiledValue("rope.scaling.alpha", .float32(1000)),
        SpoiledValue("rope.scaling.yarn_log_multiplier", .float32(0.1)),
        SpoiledValue("rope.scaling.yarn_ext_factor", .float32(0.5)),
        SpoiledValue("rope.scaling.low_freq_factor", .float32(1)),
    ]

    /// What this engine does not compute, and what it does not know.
    private static let foreign = [
        SpoiledValue("logit_scale", .float32(0.125)),
        SpoiledValue("residual_scale", .float32(0.22)),
        SpoiledValue("embedding_scale", .float32(12)),
        SpoiledValue("attention.scale", .float32(0.0156)),
        SpoiledValue("attention.clamp_kqv", .float32(8)),
        SpoiledValue("attention.causal", .bool(false)),
        SpoiledValue("attention.sliding_window", .uint32(128)),
        SpoiledValue("attn_logit_softcapping", .float32(50)),
        SpoiledValue("final_logit_softcapping", .float32(30)),
        SpoiledValue("use_parallel_residual", .bool(true)),
        SpoiledValue("expert_count", .uint32(8), item: "expert_used_count"),
        SpoiledValue("expert_used_count", .uint32(2)),
        SpoiledValue("expert_feed_forward_length", .uint32(96)),
        SpoiledValue("expert_gating_func", .uint32(2)),
        SpoiledValue("routing.noop_expert", .bool(true)),
        SpoiledValue("expert_count", .string("0")),
        SpoiledValue("attention.value_length", .uint32(64)),
        SpoiledValue("something_new", .uint32(0)),
    ]

    private static let counts = [
        SpoiledValue("block_count", .uint32(0)),
        SpoiledValue("block_count", .int32(-1)),
        SpoiledValue("block_count", .uint32(5), item: "blk.4.ffn_gate.weight"),
        SpoiledValue("block_count", .uint64(.max)),
        SpoiledValue("block_count", .uint32(.max)),
        SpoiledValue("embedding_length", .uint32(0)),
        SpoiledValue("embedding_length", .uint32(96), item: "token_embd.weight"),
        SpoiledValue("embedding_length", .uint32(.max)),
        SpoiledValue("embedding_length", .int64(.min)),
        SpoiledValue("feed_forward_length", .uint32(0)),
        SpoiledValue("feed_forward_length", .uint32(97)),
        SpoiledValue("feed_forward_length", .uint32(128), item: "blk.0.ffn_gate.weight"),
        SpoiledValue("feed_forward_length", .int64(.max)),
        SpoiledValue("context_length", .uint32(0)),
        SpoiledValue("context_length", .uint32(.max)),
        SpoiledValue("vocab_size", .uint32(5)),
        SpoiledValue("attention.head_count", .uint32(0)),
        SpoiledValue("attention.head_count", .int32(-2)),
        SpoiledValue("attention.head_count", .uint32(.max)),
        SpoiledValue("attention.head_count_kv", .uint32(0)),
        SpoiledValue("attention.head_count_kv", .uint32(3)),
        SpoiledValue("attention.head_count_kv", .uint32(2), item: "blk.0.attn_k.weight"),
        SpoiledValue("attention.key_length", .uint32(16), item: "rope.dimension_count"),
        SpoiledValue("attention.key_length", .uint32(64), item: "rope.dimension_count"),
        SpoiledValue("rope.dimension_count", .uint32(16)),
    ]

    private static let numbers = [
        SpoiledValue("rope.freq_base", .float32(0)),
        SpoiledValue("rope.freq_base", .float32(.nan)),
        SpoiledValue("rope.freq_base", .float32(.infinity)),
        SpoiledValue("attention.layer_norm_rms_epsilon", .float32(0)),
        SpoiledValue("attention.layer_norm_rms_epsilon", .float32(-1)),
        SpoiledValue("attention.layer_norm_rms_epsilon", .float32(.nan)),
    ]

    private static let routing = [
        SpoiledValue("routing.blocks", .array(.uint32([2, 1]))),
        SpoiledValue("routing.blocks", .array(.uint32([1, 1]))),
        SpoiledValue("routing.blocks", .array(.uint32([1, 4]))),
        SpoiledValue("routing.blocks", .array(.uint32([.max]))),
        SpoiledValue("routing.blocks", .array(.uint32([0, 1, 2])), item: "blk.0.depth_router.in.weight"),
        SpoiledValue("routing.blocks", .array(.uint32([1])), item: "blk.2.depth_router."),
        SpoiledValue("routing.blocks", .array(.uint32([])), item: "blk.1.depth_router."),
        SpoiledValue("routing.gate", .string("soft")),
        SpoiledValue("routing.gate", .string("")),
        SpoiledValue("routing.kv", .string("some")),
        SpoiledValue("routing.default_capacity", .float32(1.5)),
        SpoiledValue("routing.default_capacity", .float32(-0.5)),
        SpoiledValue("routing.default_capacity", .float32(.nan)),
        SpoiledValue("routing.anchor_tokens", .uint32(257)),
        SpoiledValue("routing.anchor_tokens", .int32(-1)),
        SpoiledValue("routing.capacities", .array(.float32([]))),
        SpoiledValue("routing.capacities", .array(.float32([0, 1])), item: "threshold"),
        SpoiledValue("routing.capacities", .array(.float32([0, 0.5, 0.25, 0.75, 1]))),
        SpoiledValue("routing.capacities", .array(.float32([0.1, 0.25, 0.5, 0.75, 1]))),
        SpoiledValue("routing.capacities", .array(.float32([0, 0.25, .nan, 0.75, 1]))),
    ]
}
