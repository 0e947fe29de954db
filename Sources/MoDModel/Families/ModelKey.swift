/// The keys of a model's file that this engine reads, without the architecture they begin with: "block_count" of
/// "llama.block_count".
package enum ModelKey: String, Sendable, Hashable, CaseIterable {
    case blockCount = "block_count"
    case contextLength = "context_length"
    case embeddingLength = "embedding_length"
    case feedForwardLength = "feed_forward_length"
    case vocabularySize = "vocab_size"
    case headCount = "attention.head_count"
    case kvHeadCount = "attention.head_count_kv"
    case keyLength = "attention.key_length"
    case valueLength = "attention.value_length"
    case normEpsilon = "attention.layer_norm_rms_epsilon"
    case slidingWindow = "attention.sliding_window"
    case rotatedLength = "rope.dimension_count"
    case ropeBase = "rope.freq_base"
    case ropeScaling = "rope.scaling.type"
    case ropeFactor = "rope.scaling.factor"
    /// What `ropeFactor` was called first.
    case ropeLinearFactor = "rope.scale_linear"
    case originalContextLength = "rope.scaling.original_context_length"
    case ropeMagnitude = "rope.scaling.attn_factor"
    case fastTurns = "rope.scaling.yarn_beta_fast"
    case slowTurns = "rope.scaling.yarn_beta_slow"
    case routedBlocks = "routing.blocks"
    case gate = "routing.gate"
    case kv = "routing.kv"
    case anchorTokens = "routing.anchor_tokens"
    case capacities = "routing.capacities"
    case defaultCapacity = "routing.default_capacity"
    case thinWidth = "routing.thin_width"

    /// Whether the key tells of routing, which dense models do not have.
    package var isOfRouting: Bool { rawValue.hasPrefix("routing.") }

    /// The whole key in a file of an architecture.
    package func name(in architecture: String) -> String { "\(architecture).\(rawValue)" }
}
