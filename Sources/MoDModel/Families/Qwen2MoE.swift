extension ModelFamily {
    /// Qwen1.5-MoE and Qwen2-57B-A14B (arXiv 2407.10671, §2.2.2): beside the experts that are chosen, one that every
    /// token goes through.
    public static let qwen2MoE = ModelFamily(
        architecture: "qwen2moe", rotaryLayout: .halfSplit, hasAttentionBiases: true, hasHeadNorms: false,
        takesRotaryFactors: false,
        experts: ExpertTraits(areRequired: true, weighting: .softmax, hasShared: true))
}
