extension ModelFamily {
    /// The dense models of Qwen3 (arXiv 2505.09388), whose heads together may be longer than the residual.
    public static let qwen3 = ModelFamily(
        architecture: "qwen3", rotaryLayout: .halfSplit, hasAttentionBiases: false, hasHeadNorms: true,
        takesRotaryFactors: false, experts: nil)
}
