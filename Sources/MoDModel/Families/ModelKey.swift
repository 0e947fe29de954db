/// The keys of a model's file that this engine reads, without the architecture they begin with: "block_count" of
/// "llama.block_count".
package enum ModelKey: String, Sendable, Hashable, CaseIterable {
    /// Blocks, which are transformer layers.
    case blockCount = "block_count"
    /// The longest context the model was trained for, in tokens.
    case contextLength = "context_length"
    /// Length of a token's residual.
    case embeddingLength = "embedding_length"
    /// Hidden units of a block's feed-forward.
    case feedForwardLength = "feed_forward_length"
    /// Experts in the place of each block's feed-forward; 0: none.
    case expertCount = "expert_count"
    /// Experts that a token goes through, at most.
    case usedExpertCount = "expert_used_count"
    /// Hidden units of an expert.
    case expertLength = "expert_feed_forward_length"
    /// Hidden units of the expert that every token goes through.
    case sharedExpertLength = "expert_shared_feed_forward_length"
    /// Tokens in the vocabulary.
    case vocabularySize = "vocab_size"
    /// Query heads.
    case headCount = "attention.head_count"
    /// Key and value heads.
    case kvHeadCount = "attention.head_count_kv"
    /// Values in a query's or key's head.
    case keyLength = "attention.key_length"
    /// Values in a value's head.
    case valueLength = "attention.value_length"
    /// The number that RMS norms add under the root.
    case normEpsilon = "attention.layer_norm_rms_epsilon"
    /// How many of the nearest tokens attention sees; 0: all.
    case slidingWindow = "attention.sliding_window"
    /// Values of a head that are rotated.
    case rotatedLength = "rope.dimension_count"
    /// The base of the rotary angles.
    case ropeBase = "rope.freq_base"
    /// How the rotary angles are scaled: "none", "linear" or "yarn".
    case ropeScaling = "rope.scaling.type"
    /// What scaled rotary angles are divided by.
    case ropeFactor = "rope.scaling.factor"
    /// What `ropeFactor` was called first.
    case ropeLinearFactor = "rope.scale_linear"
    /// YaRN: tokens of the context that the model was trained for at first.
    case originalContextLength = "rope.scaling.original_context_length"
    /// YaRN: what queries and keys are multiplied by, too.
    case ropeMagnitude = "rope.scaling.attn_factor"
    /// YaRN: pairs that turn at least so often keep their angles.
    case fastTurns = "rope.scaling.yarn_beta_fast"
    /// YaRN: pairs that turn at most so often are divided by the factor.
    case slowTurns = "rope.scaling.yarn_beta_slow"
    /// The blocks that have a router, ascending.
    case routedBlocks = "routing.blocks"
    /// How a block's output joins the residual: "hard" or "scaled".
    case gate = "routing.gate"
    /// Which tokens have keys and values in a routed block: "all" or "routed".
    case kv = "routing.kv"
    /// How many positions, from the first on, go in full.
    case anchorTokens = "routing.anchor_tokens"
    /// The grid of the thresholds, ascending from 0 to 1.
    case capacities = "routing.capacities"
    /// The capacity that a session starts with.
    case defaultCapacity = "routing.default_capacity"
    /// Hidden units of the thin path ÷ all of the feed-forward's.
    case thinWidth = "routing.thin_width"
    /// What an expert's output is multiplied by: "softmax", "renormalised" or "equal".
    case expertWeighting = "routing.expert_weighting"
    /// Whether the last of the experts' scores is that of a no-op.
    case noOpExpert = "routing.noop_expert"
    /// Rank of the maps that stand in for bypassed blocks; 0 or absent: a bypassed token's residual stays as it is.
    case standInRank = "routing.stand_in_rank"

    /// Whether the key tells of routing, which dense models do not have.
    package var isOfRouting: Bool { rawValue.hasPrefix("routing.") }

    /// Whether the key tells of experts.
    var isOfExperts: Bool {
        switch self {
        case .expertCount, .usedExpertCount, .expertLength, .sharedExpertLength, .expertWeighting,
            .noOpExpert:
            true
        default: false
        }
    }

    /// The whole key in a file of an architecture.
    package func name(in architecture: String) -> String { "\(architecture).\(rawValue)" }
}
