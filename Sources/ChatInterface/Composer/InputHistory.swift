/// What was sent from the composer, to be recalled with Up.
struct InputHistory: Sendable, Hashable {
    private static let limit = 2000
    /// What was sent, the newest last.
    private(set) var sent: [String] = []
    /// The place in `sent` of the entry that the composer shows; nil while it shows a text that was not sent.
    private var position: Int?
    /// The text that was not sent when an earlier one was recalled.
    private var unsent = ""

    /// Takes in what was sent in earlier sessions, the newest first.
    mutating func recall(_ earlier: [String]) {
        let room = InputHistory.limit - sent.count
        sent = earlier.prefix(room).reversed() + sent
        if let position { self.position = position + min(earlier.count, room) }
    }

    /// Remembers a text that was sent, and forgets the one that was not.
    mutating func remember(_ text: String) {
        if sent.last != text { sent.append(text) }
        if sent.count > InputHistory.limit { sent.removeFirst() }
        position = nil
        unsent = ""
    }

    /// The text sent before the one that the composer shows; nil at the oldest. `current` is what the composer holds.
    mutating func older(than current: String) -> String? {
        let next = (position ?? sent.count) - 1
        guard sent.indices.contains(next) else { return nil }
        if position == nil { unsent = current }
        position = next
        return sent[next]
    }

    /// The text sent after the one that the composer shows, and after the newest the one that was not sent; nil when
    /// that is shown.
    mutating func newer() -> String? {
        guard let current = position else { return nil }
        let next = current + 1
        guard sent.indices.contains(next) else {
            position = nil
            return unsent
        }
        position = next
        return sent[next]
    }
}
