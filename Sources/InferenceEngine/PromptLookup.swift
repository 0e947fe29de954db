/// Drafts what may follow by copying from the context: what came after its last tokens where they stood before.
///
/// How much is copied is weighed anew each time. A pass over 1 + k tokens takes 1 + b + k·c passes over one, and brings
/// one token and as many copied ones as are right up to the first wrong one. How often a copied token is right depends
/// most on how many tokens before it agree with the place it is copied from, so that is what is kept count of, of
/// copies that were verified and of those that were only compared with what came; b and c are measured as the reply is
/// written. The k that brings most tokens in a time is drafted: none where copies are seldom right.
package struct PromptLookup {
    /// The most tokens of a draft.
    package static let longestDraft = 15
    /// Tokens before a copied one that are compared, at most.
    static let longestMatch = 24
    /// The fewest tokens before a copied one that must agree.
    static let shortestMatch = 2

    /// By how much the newest observation moves an estimate.
    private static let learning = 0.1
    /// How many times as many tokens in a time drafts must promise, since neither rates nor costs are known exactly.
    private static let leastGain = 1.1
    /// How many tokens behind a wrong copy its source, and what came instead, may go on alike: a word that was
    /// replaced, or left out.
    private static let reach = 4
    /// So many tokens agree before a wrong copy where a text is being copied, not by chance.
    private static let longMatch = 8
    /// What a copy counts as that goes on behind a wrong one, though only its newest token agrees.
    private static let resumedMatch = 4

    /// [bucket(of: match)]: how often a copied token was right, 0…1; guesses at first.
    private var rates = [0.15, 0.2, 0.4, 0.7, 0.85, 0.9]
    /// What a pass over 1 + k tokens takes beyond one over a single token is any + k · each, in passes over a single
    /// token: guesses at first.
    private var cost = (any: 0.15, each: 0.1)
    /// Seconds of a pass over one token.
    private var single: Double?
    /// What was copied last, whether or not it was drafted, to be compared with what comes.
    private var copied: Copy?
    /// Where in the context the token stands that was copied last and was wrong, after a long match.
    private var wrong: Wrong?

    /// Tokens that may follow the first `position` of the context.
    private struct Copy {
        var position: Int
        /// Where in the context the first of them stands.
        var source: Int
        var tokens: [Int32]
        /// How many tokens before the first copied one agree.
        var match: Int
    }

    /// A copied token that did not come.
    private struct Wrong {
        /// Where in the context the token stands that was copied.
        var source: Int
        /// Where the token stands that came instead.
        var position: Int
    }

    private let measuresCost: Bool

    /// Measures what passes cost.
    package init() {
        measuresCost = true
    }

    /// Takes what a further token costs, of a pass over one, as known, so that drafts do not depend on a clock.
    package init(knownCost: Double) {
        cost = (0, knownCost)
        measuresCost = false
    }

    /// The tokens to be verified after `newest`, which follows `context`; at most `limit`, often none.
    package mutating func draft(after context: [Int32], _ newest: Int32, limit: Int) -> [Int32] {
        learn(from: context, newest)
        copied = copy(from: context, newest)
        guard let copied, limit > 0 else { return [] }
        let count = bestLength(of: copied, limit: min(limit, copied.tokens.count))
        return Array(copied.tokens.prefix(count))
    }

    /// Takes note of how long it took to read `tokens` tokens in one pass and to draw what follows them.
    package mutating func note(tokens: Int, took seconds: Double) {
        guard measuresCost, tokens > 0, seconds > 0, seconds.isFinite else { return }
        // A pass that another program held up says little of what passes cost; none takes less than it costs.
        if tokens == 1 {
            let known = single ?? seconds
            single =
                seconds < known
                ? known + (seconds - known) * 0.3 : known + (min(seconds, 2 * known) - known) * Self.learning
        } else if let single {
            let further = Double(tokens - 1)
            let measured = min(max(seconds / single - 1, 0), 1 + further)
            // Least mean squares, normalised.
            let step = (measured - cost.any - further * cost.each) * Self.learning / (1 + further * further)
            cost = (max(cost.any + step, 0), max(cost.each + further * step, 0.01))
        }
    }

    /// The number of copied tokens that brings most tokens in a time.
    private func bestLength(of copy: Copy, limit: Int) -> Int {
        var best = (count: 0, speed: Self.leastGain)
        var (reached, expected) = (1.0, 1.0)
        for count in stride(from: 1, through: limit, by: 1) {
            reached *= rates[Self.bucket(of: copy.match + count - 1)]
            expected += reached
            let speed = expected / (1 + cost.any + Double(count) * cost.each)
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
            if copied != came {
                if copy.match + place >= Self.longMatch {
                    wrong = Wrong(source: copy.source + place, position: copy.position + place)
                }
                return
            }
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

    /// What followed the longest, of equal ones the latest, stretch of `context` that ends as `context` and `newest`
    /// do; or else what goes on behind a wrong copy.
    private mutating func copy(from context: [Int32], _ newest: Int32) -> Copy? {
        var found = context.withUnsafeBufferPointer { Self.match(of: newest, after: $0) }
        if found.length >= Self.shortestMatch {
            wrong = nil
        } else if let wrong, context.count - wrong.position < Self.reach,
            let resumed = resumption(behind: wrong.source, in: context, newest)
        {
            found = (resumed, Self.resumedMatch)
        } else {
            return nil
        }
        var tokens: [Int32] = []
        for place in found.end..<found.end + Self.longestDraft {
            // What is copied may reach the newest token and go on with itself: a text that repeats a short piece.
            let beyond = place - context.count
            tokens.append(beyond < 0 ? context[place] : beyond == 0 ? newest : tokens[beyond - 1])
        }
        return Copy(position: context.count + 1, source: found.end, tokens: tokens, match: found.length)
    }

    /// The place in the context after the token that equals `newest`, of the few that follow a wrong copy's source; nil
    /// where none does.
    private func resumption(behind wrong: Int, in context: [Int32], _ newest: Int32) -> Int? {
        (wrong + 1..<wrong + 1 + Self.reach).first { $0 < context.count && context[$0] == newest }.map {
            $0 + 1
        }
    }

    /// Where the longest match ends, the place of the token after it, and how many tokens it has; 0 where there is
    /// none.
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
