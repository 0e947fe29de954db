import InferenceEngine

/// What the rows that write a reply ask, all of them the same.
enum BenchChat {
    static let message = "Tell me a long story about the keeper of a lighthouse and the ships that pass by."

    /// As a chat draws its replies, but always the same ones.
    static var sampling: SamplingOptions {
        var sampling = SamplingOptions()
        sampling.seed = 1
        return sampling
    }

    /// With the system prompt and the chat template 30 tokens of the shipped model's vocabulary.
    static let shortMessage = "Why is the sky blue, and why so red at dusk?"
    static let shortSystem = "Be brief."
}
