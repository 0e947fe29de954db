/// The tensors of one block, by GGUF's names without the block's: "attn_q.weight" of "blk.0.attn_q.weight".
package enum BlockTensor: String, Sendable, Hashable, CaseIterable {
    case attentionNorm = "attn_norm.weight"
    case query = "attn_q.weight"
    case queryBias = "attn_q.bias"
    case queryNorm = "attn_q_norm.weight"
    case key = "attn_k.weight"
    case keyBias = "attn_k.bias"
    case keyNorm = "attn_k_norm.weight"
    case value = "attn_v.weight"
    case valueBias = "attn_v.bias"
    case attentionOutput = "attn_output.weight"
    case feedForwardNorm = "ffn_norm.weight"
    case gate = "ffn_gate.weight"
    case up = "ffn_up.weight"
    case down = "ffn_down.weight"

    /// The tensor's whole name in a block.
    package func name(block: Int) -> String { "blk.\(block).\(rawValue)" }
}

/// The tensors of one routed block's router and its thresholds, by their names without the block's.
package enum RouterTensor: String, Sendable, Hashable, CaseIterable {
    case inWeight = "depth_router.in.weight"
    case inBias = "depth_router.in.bias"
    case outWeight = "depth_router.out.weight"
    case outBias = "depth_router.out.bias"
    case threshold = "depth_router.threshold"
    case share = "depth_router.share"
    case thinThreshold = "depth_router.thin_threshold"
    case thinShare = "depth_router.thin_share"

    /// What a capacity is made into, which a calibration renews.
    package static let capacityTable: Set<RouterTensor> = [.threshold, .share, .thinThreshold, .thinShare]

    /// What only a block with a thin path has.
    var isOfThinPath: Bool { self == .thinThreshold || self == .thinShare }

    /// The tensor's whole name in a block.
    package func name(block: Int) -> String { "blk.\(block).\(rawValue)" }

    /// The router's tensor that a whole name names, in whichever block; nil for any other tensor.
    package init?(wholeName: String) {
        let parts = wholeName.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "blk" else { return nil }
        self.init(rawValue: String(parts[2]))
    }
}

/// The tensors outside the blocks, by GGUF's names.
package enum OuterTensor: String, Sendable, Hashable, CaseIterable {
    case embedding = "token_embd.weight"
    case outputNorm = "output_norm.weight"
    /// Absent where the head is the embedding.
    case head = "output.weight"
    /// What the angles of each pair are divided by; absent in most models.
    case rotaryFactors = "rope_freqs.weight"
}
