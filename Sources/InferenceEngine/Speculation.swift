public import MoDModel

/// Self-speculation: the model drafts its own next tokens at a lower capacity, which is faster, and reads them all
/// in one pass at the capacity asked for, which decides on each of them.
///
/// Speculation is lossless: at temperature 0 a reply is what it would be without, token for token; otherwise it has the
/// distribution that it would have without (Leviathan, Kalman and Matias, "Fast inference from transformers via
/// speculative decoding", arXiv 2211.17192; drafting with fewer of the model's own layers: Zhang et al., arXiv
/// 2309.08168). Probabilities and routing are those of the pass at the capacity asked for. Whether speculation is
/// faster is a matter of how often the drafts are right.
public struct Speculation: Sendable, Hashable {
    /// The most tokens that are drafted before they are verified, 1…16.
    public let draftTokens: Int
    /// The capacity that tokens are drafted at. While the capacity asked for is no higher, nothing is drafted.
    public let draftCapacity: Capacity

    /// The lengths that a draft may have, in tokens.
    public static let lengths = 1...16

    /// Describes how to draft; nil unless `draftTokens` is within 1…16.
    public init?(draftTokens: Int, draftCapacity: Capacity) {
        guard Speculation.lengths.contains(draftTokens) else { return nil }
        self.draftTokens = draftTokens
        self.draftCapacity = draftCapacity
    }
}
