extension ModelFamily {
    /// The Mixture-of-Experts models of Qwen3 (arXiv 2505.09388).
    public static let qwen3MoE = ModelFamily(
        architecture: "qwen3moe", rotaryLayout: .halfSplit, hasAttentionBiases: false, hasHeadNorms: true,
        takesRotaryFactors: false,
        experts: ExpertTraits(areRequired: true, weighting: .renormalised, hasShared: false))
}
