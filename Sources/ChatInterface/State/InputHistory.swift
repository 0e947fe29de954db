/// What was sent, for recalling it with Up.
struct InputHistory: Sendable, Hashable {
    private static let limit = 200
    private var sent: [String] = []
    /// The entry recalled; nil while the user's own draft is shown.
    private var position: Int?
    private var draft = ""

    /// Remembers what was sent, and lets go of the draft.
    mutating func remember(_ text: String) {
        if sent.last != text { sent.append(text) }
        if sent.count > InputHistory.limit { sent.removeFirst() }
        position = nil
        draft = ""
    }

    /// The entry before the one shown; nil at the oldest. `current` is what the composer holds.
    mutating func older(than current: String) -> String? {
        let next = (position ?? sent.count) - 1
        guard sent.indices.contains(next) else { return nil }
        if position == nil { draft = current }
        position = next
        return sent[next]
    }

    /// The entry after the one shown, at last the draft; nil when the draft is shown.
    mutating func newer() -> String? {
        guard let current = position else { return nil }
        let next = current + 1
        guard sent.indices.contains(next) else {
            position = nil
            return draft
        }
        position = next
        return sent[next]
    }
}
