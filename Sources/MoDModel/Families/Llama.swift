extension ModelFamily {
    /// SmolLM2, TinyLlama, Llama 2 and 3, Mistral where it attends to the whole context, and, with experts, Mixtral
    /// (arXiv 2401.04088). Converters to GGUF order the rows of queries and keys so that pairs are interleaved.
    public static let llama = ModelFamily(
        architecture: "llama", rotaryLayout: .interleaved, hasAttentionBiases: false, hasHeadNorms: false,
        takesRotaryFactors: true,
        experts: ExpertTraits(areRequired: false, weighting: .renormalised, hasShared: false))
}
