public import MoDModel

/// How tokens are drafted that one pass then verifies together.
///
/// Reading several tokens in one pass takes little longer than reading one, since the weights are read once. So the
/// next tokens are guessed, and one pass at the capacity asked for decides on each of them (Leviathan, Kalman and
/// Matias, "Fast inference from transformers via speculative decoding", arXiv 2211.17192). It is lossless:
/// probabilities and routing are those of the pass at the capacity asked for.
public struct Speculation: Sendable, Hashable {
    /// Whether drafts are copied from the context, from where its last tokens stood before (prompt lookup; "prompt
    /// lookup decoding", A. Saxena, 2023). Nothing is drawn for such a draft, so the reply is the same, token for
    /// token, at any temperature. How many tokens are copied, if any, follows from how often copies were right so far
    /// and from what it costs to verify them.
    public var promptLookup: Bool
    /// How the model drafts where nothing can be copied; nil where it does not.
    public var selfSpeculation: SelfSpeculation?

    /// Every token is a pass of its own.
    public static let none = Speculation(promptLookup: false)

    /// Creates a way to draft; by default what can be copied from the context.
    public init(promptLookup: Bool = true, selfSpeculation: SelfSpeculation? = nil) {
        self.promptLookup = promptLookup
        self.selfSpeculation = selfSpeculation
    }
}

/// Drafts of the model's own at a lower capacity, which is faster (drafting with fewer of the model's own layers: Zhang
/// et al., arXiv 2309.08168).
///
/// At temperature 0 a reply is the same token for token as without, otherwise it has the same distribution. Whether it
/// is faster is a matter of how often the drafts are right.
public struct SelfSpeculation: Sendable, Hashable {
    /// The most tokens drafted before they are verified, 1…16.
    public let draftTokens: Int
    /// The capacity that tokens are drafted at. While the capacity asked for is no higher, nothing is drafted.
    public let draftCapacity: Capacity

    /// The lengths that a draft may have, in tokens.
    public static let lengths = 1...16

    /// Describes how to draft; nil unless `draftTokens` is within 1…16.
    public init?(draftTokens: Int, draftCapacity: Capacity) {
        guard SelfSpeculation.lengths.contains(draftTokens) else { return nil }
        self.draftTokens = draftTokens
        self.draftCapacity = draftCapacity
    }
}
