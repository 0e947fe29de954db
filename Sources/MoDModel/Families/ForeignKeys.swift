import GGUF

extension ArchitectureKeys {
    /// Keys that tell of a model and change nothing of what it computes.
    private static let telling: Set = [
        "rope.scaling.finetuned", "tensor_data_layout", "pooling_type",
    ]

    /// Keys that ask for something this engine does not compute, with the numbers by which they ask for nothing. True
    /// is 1, false 0.
    private static let neutral: [String: Set<Double>] = [
        "logit_scale": [0, 1], "residual_scale": [0, 1], "embedding_scale": [0, 1], "attention.scale": [0],
        "attention.clamp_kqv": [0], "attention.causal": [1], "attention.max_alibi_bias": [0],
        "attn_logit_softcapping": [0], "final_logit_softcapping": [0], "use_parallel_residual": [0],
        "expert_gating_func": [0, 1], "expert_weights_scale": [0, 1], "leading_dense_block_count": [0],
        "rope.scaling.alpha": [0],
        "rope.scaling.yarn_ext_factor": [1], "rope.scaling.yarn_attn_factor": [1],
        "rope.scaling.yarn_log_multiplier": [0],
    ]

    /// Refuses a file with a key of its architecture that asks for something this engine does not compute or know: it
    /// means another model than would run.
    func refuseForeignKeys() throws(ModelError) {
        let prefix = architecture + "."
        for (key, value) in file.metadata where key.hasPrefix(prefix) {
            let rest = String(key.dropFirst(prefix.count))
            if Self.telling.contains(rest) { continue }
            if let known = ModelKey(rawValue: rest) {
                guard isRouted || !known.isOfRouting else {
                    let reason =
                        "belongs to a routed model; “\(architecture)” is dense. Convert the model again."
                    throw .unsupported(item: key, reason: reason)
                }
                continue
            }
            guard let neutral = Self.neutral[rest] else {
                throw .unsupported(item: key, reason: "this engine does not know what it asks for.")
            }
            guard let number = value.number, neutral.contains(number) else {
                throw .unsupported(
                    item: key, reason: "is \(value.summary); this engine does not compute that.")
            }
        }
    }

    /// Refuses attention to the nearest tokens alone, unless they are the whole context.
    func refuseSlidingWindow(contextLength: Int) throws(ModelError) {
        guard let window = try intIfPresent(.slidingWindow), window != 0, window < contextLength else {
            return
        }
        let reason = "is \(window); this engine attends to the whole context of \(contextLength) tokens."
        throw .unsupported(item: name(.slidingWindow), reason: reason)
    }
}

extension GGUFValue {
    /// The value as a number; nil for a text or an array.
    fileprivate var number: Double? {
        if let truth = Bool(gguf: self) { return truth ? 1 : 0 }
        return Double(gguf: self) ?? Int64(gguf: self).map(Double.init)
    }
}
