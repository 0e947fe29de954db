/// What the composer held before its changes, so that they can be taken back.
struct EditHistory: Sendable, Hashable {
    /// The text and the cursor.
    struct State: Sendable, Hashable {
        var characters: [Character]
        var cursor: Int
    }

    /// The most clusters that are kept, over all states.
    private static let limit = 1 << 20

    private var undone: [State] = []
    private var done: [State] = []
    private var size = 0
    /// Whether the last change typed a part of a word, which goes back as one.
    private var isTyping = false

    /// Notes the state before a change. Characters of a word that are typed one after the other are one change.
    mutating func willChange(_ state: State, isTyping: Bool) {
        defer { self.isTyping = isTyping }
        undone = []
        guard !(isTyping && self.isTyping) else { return }
        done.append(state)
        size += state.characters.count + 1
        while size > EditHistory.limit, !done.isEmpty { size -= done.removeFirst().characters.count + 1 }
    }

    /// Notes that the cursor moved: what is typed then is another change.
    mutating func moved() {
        isTyping = false
    }

    /// The state before the last change; nil where there was none.
    mutating func undo(from state: State) -> State? {
        guard let before = done.popLast() else { return nil }
        size -= before.characters.count + 1
        undone.append(state)
        isTyping = false
        return before
    }

    /// The state after the change that was taken back last; nil where none was.
    mutating func redo(from state: State) -> State? {
        guard let after = undone.popLast() else { return nil }
        done.append(state)
        size += state.characters.count + 1
        isTyping = false
        return after
    }
}
