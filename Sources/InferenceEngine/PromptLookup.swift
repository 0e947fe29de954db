/// Drafts what may follow by copying from the context: what came after its last tokens where they stood before.
///
/// How much is copied is weighed anew each time. A pass over 1 + k tokens takes 1 + k·c passes over one, and brings one
/// token and as many copied ones as are right up to the first wrong one. How often a copied token is right depends most on
/// how many tokens before it agree with the place it is copied from, so that is what is kept count of, of copies that were
/// verified and of those that were only compared with what came; and c is measured as the reply is written. The k that
/// brings most tokens in a time is drafted: none where copies are seldom right.
package struct PromptLookup {
    /// The most tokens of a draft.
    package static let longestDraft = 15
    /// Tokens before a copied one that are compared, at most.
    static let longestMatch = 24
    /// Fewer that agree say nothing.
    static let shortestMatch = 2

    /// By how much the newest observation moves an estimate.
    private static let learning = 0.1
    /// Of a pass over one token, what a further token costs, as it is taken to be at first.
    private static let firstCost = 0.2

    /// [bucket(of: match)]: how often a copied token was right, 0…1, as it is taken to be at first.
    private var rates = [0.3, 0.45, 0.6, 0.75, 0.85, 0.9]
    private var cost = firstCost
    /// Seconds of a pass over one token.
    private var single: Double?
    /// What was copied last, whether or not it was drafted, to be compared with what comes.
    private var copied: Copy?

    /// Tokens that may follow the first `position` of the context.
    private struct Copy {
        var position: Int
        var tokens: [Int32]
        /// How many tokens before the first copied one agree.
        var match: Int
    }

    package init() {}

    /// The tokens to be verified after `newest`, which follows `context`; at most `limit`, often none.
    package mutating func draft(after context: [Int32], _ newest: Int32, limit: Int) -> [Int32] {
        learn(from: context, newest)
        copied = Self.copy(from: context, newest)
        guard let copied, limit > 0 else { return [] }
        let count = bestLength(of: copied, limit: min(limit, copied.tokens.count))
        return Array(copied.tokens.prefix(count))
    }

    /// Takes note of how long it took to read `tokens` tokens in one pass and to draw what follows them.
    package mutating func note(tokens: Int, took seconds: Double) {
        guard tokens > 0, seconds > 0, seconds.isFinite else { return }
        if tokens == 1 {
            single = single.map { $0 + (seconds - $0) * Self.learning } ?? seconds
        } else if let single {
            let measured = (seconds / single - 1) / Double(tokens - 1)
            // A pass that another program held up says nothing of what passes cost.
            cost += (min(max(measured, 0.01), 1) - cost) * Self.learning
        }
    }

    /// The number of copied tokens that brings most tokens in a time.
    private func bestLength(of copy: Copy, limit: Int) -> Int {
        var best = (count: 0, speed: 1.0)
        var (reached, expected) = (1.0, 1.0)
        for count in stride(from: 1, through: limit, by: 1) {
            reached *= rates[Self.bucket(of: copy.match + count - 1)]
            expected += reached
            let speed = expected / (1 + Double(count) * cost)
            if speed > best.speed { best = (count, speed) }
        }
        return best.count
    }

    /// Compares what was copied last with what came.
    private mutating func learn(from context: [Int32], _ newest: Int32) {
        guard let copy = copied, copy.position <= context.count else { return }
        let came = context[copy.position...] + [newest]
        for (place, (copied, came)) in zip(copy.tokens, came).enumerated() {
            let bucket = Self.bucket(of: copy.match + place)
            rates[bucket] += ((copied == came ? 1 : 0) - rates[bucket]) * Self.learning
            if copied != came { return }
        }
    }

    private static func bucket(of match: Int) -> Int {
        switch match {
        case ...2: 0
        case 3: 1
        case 4...5: 2
        case 6...8: 3
        case 9...16: 4
        default: 5
        }
    }

    /// What followed the longest, of equal ones the latest, stretch of `context` that ends as `context` and `newest` do.
    private static func copy(from context: [Int32], _ newest: Int32) -> Copy? {
        let found = context.withUnsafeBufferPointer { match(of: newest, after: $0) }
        guard found.length >= shortestMatch else { return nil }
        var tokens: [Int32] = []
        for place in found.end..<found.end + longestDraft {
            // What is copied may reach the newest token and go on with itself: a text that repeats a short piece.
            let beyond = place - context.count
            tokens.append(beyond < 0 ? context[place] : beyond == 0 ? newest : tokens[beyond - 1])
        }
        return Copy(position: context.count + 1, tokens: tokens, match: found.length)
    }

    /// Where the longest match ends, the place of the token after it, and how many tokens it has; 0 where there is none.
    private static func match(
        of newest: Int32, after context: UnsafeBufferPointer<Int32>
    ) -> (end: Int, length: Int) {
        var best = (end: 0, length: 0)
        var place = context.count - 1
        while place >= 0, best.length < longestMatch {
            if context[place] == newest {
                var length = 1
                while length < longestMatch, length <= place,
                    context[place - length] == context[context.count - length]
                {
                    length += 1
                }
                if length > best.length { best = (place + 1, length) }
            }
            place -= 1
        }
        return best
    }
}
