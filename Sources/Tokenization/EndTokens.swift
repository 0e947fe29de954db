/// The names of tokens with which a model ends what it says.
enum EndTokens {
    /// The names that models of known families have for them.
    static let names: Set<String> = [
        "<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|end|>", "<|endoftext|>",
        "<end_of_turn>",
        "<eos>", "</s>", "<EOT>",
    ]
}
