extension ModelFamily {
    /// Qwen2 and Qwen2.5 (arXiv 2407.10671).
    public static let qwen2 = ModelFamily(
        architecture: "qwen2", rotaryLayout: .halfSplit, hasAttentionBiases: true, hasHeadNorms: false,
        takesRotaryFactors: false, experts: nil)
}
