/// The tensors of one block, by GGUF's names without the block's: "attn_q.weight" of "blk.0.attn_q.weight".
package enum BlockTensor: String, Sendable, Hashable, CaseIterable {
    /// [embedding]: the norm before attention, and before the router.
    case attentionNorm = "attn_norm.weight"
    /// [heads together][embedding].
    case query = "attn_q.weight"
    /// [heads together]: what is added to the queries.
    case queryBias = "attn_q.bias"
    /// [head]: the norm of each head of the queries.
    case queryNorm = "attn_q_norm.weight"
    /// [key heads together][embedding].
    case key = "attn_k.weight"
    /// [key heads together]: what is added to the keys.
    case keyBias = "attn_k.bias"
    /// [head]: the norm of each head of the keys.
    case keyNorm = "attn_k_norm.weight"
    /// [value heads together][embedding].
    case value = "attn_v.weight"
    /// [value heads together]: what is added to the values.
    case valueBias = "attn_v.bias"
    /// [embedding][heads together].
    case attentionOutput = "attn_output.weight"
    /// [embedding]: the norm before the feed-forward.
    case feedForwardNorm = "ffn_norm.weight"
    /// [hidden units][embedding].
    case gate = "ffn_gate.weight"
    /// [hidden units][embedding].
    case up = "ffn_up.weight"
    /// [embedding][hidden units].
    case down = "ffn_down.weight"
    /// [experts, then the no-op][embedding]: what gives the experts their scores.
    case expertGate = "ffn_gate_inp.weight"
    /// [experts, then the no-op]: what is added to the scores.
    case expertGateBias = "ffn_gate_inp.bias"
    /// [experts][hidden units][embedding].
    case expertGates = "ffn_gate_exps.weight"
    /// [experts][hidden units][embedding].
    case expertUps = "ffn_up_exps.weight"
    /// [experts][embedding][hidden units].
    case expertDowns = "ffn_down_exps.weight"
    /// [embedding]: what the shared expert's output is weighed by, after a sigmoid.
    case sharedExpertGate = "ffn_gate_inp_shexp.weight"
    /// [hidden units][embedding].
    case sharedGate = "ffn_gate_shexp.weight"
    /// [hidden units][embedding].
    case sharedUp = "ffn_up_shexp.weight"
    /// [embedding][hidden units].
    case sharedDown = "ffn_down_shexp.weight"

    /// The tensor's whole name in a block.
    package func name(block: Int) -> String { "blk.\(block).\(rawValue)" }
}

/// The tensors of one routed block's router, its thresholds and what stands in for the block, by their names without
/// the block's.
package enum RouterTensor: String, Sendable, Hashable, CaseIterable {
    /// [hidden][embedding]: W₁.
    case inWeight = "depth_router.in.weight"
    /// [hidden]: b₁.
    case inBias = "depth_router.in.bias"
    /// [hidden]: W₂.
    case outWeight = "depth_router.out.weight"
    /// [1]: b₂.
    case outBias = "depth_router.out.bias"
    /// [grid]: the scores from which on a token goes in full.
    case threshold = "depth_router.threshold"
    /// [grid]: tokens in full ÷ all.
    case share = "depth_router.share"
    /// [grid]: the scores from which on a token goes at least thin.
    case thinThreshold = "depth_router.thin_threshold"
    /// [grid]: tokens thin ÷ all.
    case thinShare = "depth_router.thin_share"
    /// [rank][embedding]: the stand-in's A.
    case standInInner = "depth_stand_in.in.weight"
    /// [embedding][rank]: the stand-in's B.
    case standInOuter = "depth_stand_in.out.weight"
    /// [embedding]: the stand-in's b.
    case standInBias = "depth_stand_in.out.bias"

    /// What a capacity is made into, which a calibration renews.
    package static let capacityTable: Set<RouterTensor> = [.threshold, .share, .thinThreshold, .thinShare]

    /// What only a block with a thin path has.
    var isOfThinPath: Bool { self == .thinThreshold || self == .thinShare }

    /// What only a block with a stand-in has.
    var isOfStandIn: Bool { self == .standInInner || self == .standInOuter || self == .standInBias }

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
    /// [vocabulary][embedding].
    case embedding = "token_embd.weight"
    /// [embedding]: the norm before the head.
    case outputNorm = "output_norm.weight"
    /// [vocabulary][embedding]; absent where the head is the embedding.
    case head = "output.weight"
    /// [half of a head]: what the angles of each pair are divided by; absent in most models.
    case rotaryFactors = "rope_freqs.weight"
}
