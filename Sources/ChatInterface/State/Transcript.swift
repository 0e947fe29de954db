import Tokenization

/// What the chat pane shows: messages, and notes between them that the model never sees.
struct Transcript: Sendable, Hashable {
    struct Entry: Sendable, Hashable {
        enum Kind: Sendable, Hashable {
            case user
            case assistant
            case note
        }

        var kind: Kind
        var body: WrappedText
        /// Whether the entry is a reply that was stopped before its end.
        var isInterrupted = false
    }

    /// The system prompt in force; nil for the model's default one.
    var systemPrompt: String?
    private(set) var entries: [Entry] = []
    /// Columns that the text of entries is wrapped to, labels not counted.
    private(set) var columns: Int

    init(systemPrompt: String?, columns: Int) {
        self.systemPrompt = systemPrompt
        self.columns = columns
    }

    /// The conversation as the engine takes it: the system prompt, if one is set, then what was said.
    var messages: [ChatMessage] {
        let system = systemPrompt.map { [ChatMessage(role: .system, content: $0)] } ?? []
        return system
            + entries.compactMap { entry in
                switch entry.kind {
                case .user: ChatMessage(role: .user, content: entry.body.text)
                case .assistant: ChatMessage(role: .assistant, content: entry.body.text)
                case .note: nil
                }
            }
    }

    /// Whether anything was said.
    var hasMessages: Bool { entries.contains { $0.kind != .note } }

    /// Lines of all entries together, without the blank ones and labels between them.
    var lineCount: Int { entries.reduce(0) { $0 + $1.body.lineCount } }

    /// The newest entry that is the user's or the model's; nil where nothing was said.
    var lastMessage: Entry? { entries.last { $0.kind != .note } }

    mutating func append(_ kind: Entry.Kind, _ text: String, isInterrupted: Bool = false) {
        let body = WrappedText(text, columns: columns)
        entries.append(Entry(kind: kind, body: body, isInterrupted: isInterrupted))
    }

    /// Adds text to the model's newest entry.
    mutating func extendReply(with delta: String) {
        guard let index = entries.lastIndex(where: { $0.kind == .assistant }) else { return }
        entries[index].body.append(delta)
    }

    /// Marks the model's newest entry as stopped before its end.
    mutating func markReplyInterrupted() {
        guard let index = entries.lastIndex(where: { $0.kind == .assistant }) else { return }
        entries[index].isInterrupted = true
    }

    /// Takes out the newest entry that is the user's or the model's, and with it the notes that came after.
    @discardableResult
    mutating func removeLastMessage() -> Entry? {
        guard let index = entries.lastIndex(where: { $0.kind != .note }) else { return nil }
        let entry = entries[index]
        entries.removeSubrange(index...)
        return entry
    }

    /// Forgets all that was said; the system prompt stays.
    mutating func removeAll() {
        entries = []
    }

    mutating func rewrap(columns: Int) {
        guard columns != self.columns else { return }
        self.columns = columns
        for index in entries.indices { entries[index].body.rewrap(columns: columns) }
    }
}
