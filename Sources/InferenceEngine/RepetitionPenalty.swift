/// Makes tokens that the reply used lately less likely (CTRL, arXiv 1909.05858, §4.1).
///
/// Only the reply's own last tokens count, `window` at most, each once. The prompt's do not: an answer should be free
/// to use the question's words, and must be free to end its turn as every turn before it ended.
package struct RepetitionPenalty: Sendable {
    /// How many of the reply's last tokens count.
    package static let window = 64

    private let factor: Float

    /// Divides positive logits by a factor and multiplies negative ones by it; a factor that is not positive and finite
    /// penalises nothing.
    package init(factor: Float) {
        self.factor = factor.isFinite && factor > 0 ? factor : 1
    }

    /// Penalises the last `window` tokens of a reply in `logits`, [vocabulary].
    package func apply(to logits: inout [Float], reply: [Int32]) {
        guard factor != 1 else { return }
        let recent = reply.suffix(Self.window)
        for (place, id) in zip(recent.indices, recent) where !recent[..<place].contains(id) {
            guard let index = Int(exactly: id), logits.indices.contains(index) else { continue }
            let logit = logits[index]
            guard logit.isFinite else { continue }
            let penalised = logit > 0 ? logit / factor : logit * factor
            let limit = Float.greatestFiniteMagnitude
            logits[index] = min(max(penalised, -limit), limit)
        }
    }
}
