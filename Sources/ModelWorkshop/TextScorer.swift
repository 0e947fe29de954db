import Foundation
public import MoDModel

/// How surprised a model is by a text.
public struct TextScore: Sendable, Hashable {
    /// Tokens predicted, of those that count.
    public var tokens = 0
    /// Σ −log p of the predicted tokens, in nats.
    public var negativeLogLikelihood = 0.0
    /// The work done, in (token, routed block) pairs in full.
    public var work = 0.0
    /// All the work there was to do, in (token, routed block) pairs in full.
    public var routed = 0
    /// Σ of the share of the dense model's weights that each token would read when decoded.
    public var weightsRead = 0.0
    /// Tokens that went through the model.
    public var seen = 0
    /// Runs of 128 tokens, wherever they begin after the first 64 of a context.
    public var runs = 0
    /// The runs of 128 tokens, of those counted in `runs`, whose work done ÷ all is within 0.05 of the capacity asked
    /// for.
    public var keptRuns = 0

    /// The score of no text.
    package init() {}

    /// e^(mean −log p); NaN without tokens.
    public var perplexity: Double { exp(negativeLogLikelihood / Double(tokens)) }
    /// Work done ÷ all, 1 in a dense model.
    public var realisedCapacity: Double { routed == 0 ? 1 : work / Double(routed) }
    /// The mean share of the dense model's weights read per token; a little over 1 where all is processed, since the
    /// routers are read besides.
    public var weightsReadShare: Double { seen == 0 ? 1 : weightsRead / Double(seen) }
    /// How much of a text keeps to the capacity asked for, 0…1: `keptRuns` ÷ `runs`; nil where every context is
    /// shorter than a run.
    public var keptShare: Double? { runs == 0 ? nil : Double(keptRuns) / Double(runs) }

    /// Counts the runs of one context, of whose tokens `works` says the work done ÷ all.
    mutating func addRuns(_ works: [Double], capacity: Double) {
        let (skipped, length) = (64, 128)
        guard works.count >= skipped + length else { return }
        var sum = works[skipped..<skipped + length].reduce(0, +)
        for end in skipped + length...works.count {
            runs += 1
            // Rounding must not turn a run that is exactly at the bound away.
            if (sum / Double(length) - capacity).magnitude <= 0.05 + 1e-9 { keptRuns += 1 }
            if end < works.count { sum += works[end] - works[end - length] }
        }
    }
}

/// Measures perplexity in windows that do not overlap: every token but a window's first is predicted once, and counts
/// where the text says so.
public struct TextScorer {
    private let session: ModelSession
    /// Tokens in a window: as asked for, but at least 2 and at most the session's context.
    public let window: Int

    /// Prepares a measurement; `window` is at least 2 tokens and at most the session's context.
    public init(session: ModelSession, window: Int) {
        self.session = session
        self.window = max(2, min(window, session.contextLength))
    }

    /// The model that is measured.
    var model: MoDModel { session.model }

    /// How many predictions of texts count: of the tokens that count, those with another before them in their window.
    public func predictionCount(of texts: [ScoredText]) -> Int {
        texts.reduce(0) { sum, text in
            sum + text.counts.indices.count { text.counts[$0] && !$0.isMultiple(of: window) }
        }
    }

    /// Scores texts, each in a context of its own, at a capacity under a policy, whatever the session held before.
    ///
    /// - Throws: `WorkshopError.model` for a token that is not in the vocabulary.
    public func score(
        _ texts: [ScoredText], capacity: Capacity, policy: RoutingPolicy = .table
    ) throws(WorkshopError) -> TextScore {
        let before = session.policy
        session.capacity = capacity
        session.policy = policy
        defer { session.policy = before }
        var score = TextScore()
        for text in texts {
            try add(text, to: &score)
        }
        return score
    }

    /// Scores a sequence of tokens, all of which count.
    public func score(
        _ tokens: [Int32], capacity: Capacity, policy: RoutingPolicy = .table
    ) throws(WorkshopError) -> TextScore {
        try score([ScoredText(tokens)], capacity: capacity, policy: policy)
    }

    private func add(_ text: ScoredText, to score: inout TextScore) throws(WorkshopError) {
        let tokens = text.tokens
        for start in stride(from: 0, to: tokens.count, by: window) {
            session.truncate(to: 0)
            let part = start..<min(start + window, tokens.count)
            var works: [Double] = []
            for chunk in session.chunks(of: part) {
                try WorkshopError.wrapping { () throws(ModelError) in
                    try session.forward(tokens[chunk], logits: .all)
                }
                for token in chunk {
                    let row = token - chunk.lowerBound
                    works.append(add(routing: session.routing(row: row), to: &score))
                    guard token + 1 < part.upperBound, text.counts[token + 1] else { continue }
                    score.tokens += 1
                    score.negativeLogLikelihood += session.withLogits(row: row) {
                        TextScorer.surprise($0, at: Int(tokens[token + 1]))
                    }
                }
            }
            score.addRuns(works, capacity: session.capacity.value)
        }
    }

    /// Counts a token; returns the work done for it ÷ all.
    private func add(routing: TokenRouting, to score: inout TextScore) -> Double {
        let routed = session.model.description.routedBlocks
        let work = routing.work(at: routed, thinWork: session.model.description.weights.thinWork)
        score.routed += routed.count
        score.work += work
        score.weightsRead += session.model.description.weights.shareRead(by: routing)
        score.seen += 1
        return routed.isEmpty ? 1 : work / Double(routed.count)
    }

    /// −log softmax(logits)[index].
    package static func surprise(_ logits: UnsafeBufferPointer<Float>, at index: Int) -> Double {
        var largest = -Float.infinity
        for logit in logits {
            largest = max(largest, logit)
        }
        var sum = 0.0
        for logit in logits {
            sum += Double(exp(logit - largest))
        }
        return log(sum) + Double(largest) - Double(logits[index])
    }
}
