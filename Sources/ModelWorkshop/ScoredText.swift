/// A text to be scored in a context of its own, and which of its predictions count.
public struct ScoredText: Sendable, Hashable {
    /// As the model's vocabulary numbers them.
    public let tokens: [Int32]
    /// One for each token: whether its prediction counts.
    public let counts: [Bool]

    /// A text all of whose predictions count.
    public init(_ tokens: [Int32]) {
        self.init(tokens, counts: Array(repeating: true, count: tokens.count))
    }

    /// `counts` has one for each token.
    package init(_ tokens: [Int32], counts: [Bool]) {
        precondition(tokens.count == counts.count, "one for each token")
        self.tokens = tokens
        self.counts = counts
    }

    /// No more than the first tokens.
    package func prefix(_ length: Int) -> ScoredText {
        ScoredText(Array(tokens.prefix(length)), counts: Array(counts.prefix(length)))
    }
}
