package import Conversations

/// Decides how far down the ranking a token may still be drawn.
///
/// Top-k, top-p and min-p each keep the most probable tokens and drop the rest, so together they keep the
/// shortest of their three prefixes of the ranking. As in Hugging Face's `generate`, temperature comes before
/// the three, and top-p measures its sum within what top-k kept.
package struct Truncation: Sendable {
    /// Keep at most so many tokens; `Int.max` where top-k is off.
    package let topK: Int
    /// Keep tokens until their probabilities add up to this, 0…1; 1 where top-p is off (arXiv 1904.09751).
    package let topP: Double
    /// Keep tokens whose weight is at least this fraction of the highest, 0…1; 0 where min-p is off (arXiv 2407.01082).
    package let minP: Double

    /// Takes the three options of a sampler; one that makes no sense, NaN included, is off.
    package init(_ options: SamplingOptions) {
        topK = options.topK > 0 ? options.topK : .max
        topP = options.topP < 1 ? max(Double(options.topP), 0) : 1
        minP = options.minP > 0 ? min(Double(options.minP), 1) : 0
    }

    /// Whether top-p or min-p is on, so that the ranking matters beyond top-k.
    package var cutsByWeight: Bool {
        topP < 1 || minP > 0
    }

    /// How many tokens at the front of `ranking` are kept, at least one; nil when that cannot be told before more of
    /// the ranking is known.
    ///
    /// - Parameters:
    ///   - ranking: the heaviest tokens with their weights relative to the heaviest.
    ///   - total: the sum of the weights of all tokens, or of those that top-k keeps.
    package func keptCount(of ranking: [RankedToken], total: Double) -> Int? {
        var sum = 0.0
        for (index, token) in ranking.enumerated() {
            let weight = Double(token.value)
            let isReached = topP < 1 && sum >= topP * total
            if index > 0 && (index >= topK || weight < minP || isReached) { return index }
            sum += weight
        }
        return ranking.count >= topK ? topK : nil
    }
}
