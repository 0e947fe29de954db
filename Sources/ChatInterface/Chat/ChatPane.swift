import Conversations
import Foundation
import InferenceEngine
import TerminalKit

/// The conversation on the screen: what was said, the program's own notes between, the reply under way, and how far the
/// pane is scrolled.
struct ChatPane: Sendable {
    /// A remark of the program's, which the model never sees.
    struct Note: Sendable, Hashable {
        /// The message it stands below; nil above them all.
        var after: Message.ID?
        let text: String
    }

    /// What the pane shows at its upper edge.
    enum Scroll: Sendable, Hashable {
        /// Whatever fits above the newest line.
        case newest
        /// A line of a message or note, 0 being its first; the one after its last is the blank line below.
        case line(ChatItem, Int)
    }

    private(set) var conversation: Conversation
    private(set) var notes: [Note] = []
    private(set) var reply: Reply?
    private(set) var scroll = Scroll.newest
    /// Whether replies are shown as they were written instead of as Markdown.
    private(set) var showsSource = false
    /// A reply that is shown again, and as many UTF-8 bytes of it as are shown; nil as a rule.
    var replayed: (message: Message.ID, bytes: Int)?
    /// What is marked with the mouse.
    var selection: Selection?
    /// What the user says next, once the reply under way has ended.
    private(set) var queue: [String] = []
    /// The question that the composer's text is to be another version of; nil where that goes on at the end.
    private(set) var edited: Message.ID?
    /// Where the conversation stood before the newest question, and what was being edited, for when that is refused.
    private var before: (head: Message.ID?, edited: Message.ID?)?
    /// Tokens in the context, as the engine told last; none in a new conversation.
    private(set) var contextTokens = 0
    /// The speed of the last reply, in tokens a second.
    private(set) var lastSpeed: Double?
    /// The name of the reply that is asked for next.
    private var nextReply = ReplyID.first

    init(systemPrompt: String?) {
        conversation = Conversation(systemPrompt: systemPrompt)
    }

    /// Puts another conversation, of so many tokens, in the place of this one.
    mutating func show(_ conversation: Conversation, contextTokens: Int) {
        self.conversation = conversation
        self.contextTokens = contextTokens
        notes = []
        queue = []
        edited = nil
        before = nil
        selection = nil
        replayed = nil
        scroll = .newest
        lastSpeed = nil
    }

    /// Notes how many tokens the branch that is shown has; the engine's context may hold another.
    mutating func show(contextTokens: Int) {
        self.contextTokens = contextTokens
    }

    // MARK: What is said

    /// Adds a note below the newest message.
    mutating func note(_ text: String) {
        notes.append(Note(after: conversation.head?.id, text: text))
    }

    /// Adds what the user says, or another version of the question that is being edited.
    mutating func say(_ text: String, date: Date) -> Message.ID {
        before = (conversation.head?.id, edited)
        if let edited { conversation.moveHead(to: conversation[edited]?.parent) }
        edited = nil
        return conversation.append(.user, text, date: date).id
    }

    /// Takes the newest question out, which the model never saw, and goes back to where the conversation stood before.
    mutating func refuse(_ question: Message.ID) {
        remove(question)
        guard let before else { return }
        conversation.moveHead(to: before.head)
        edited = before.edited
    }

    /// Keeps what the user says until the reply under way has ended.
    mutating func sayNext(_ text: String) {
        queue.append(text)
        scroll = .newest
    }

    /// Takes out what the user says next; nil where that is nothing.
    mutating func takeNext() -> String? {
        queue.isEmpty ? nil : queue.removeFirst()
    }

    /// Takes out all that the user would say next.
    mutating func takeQueue() -> [String] {
        defer { queue = [] }
        return queue
    }

    /// Begins to edit a question, counted from the newest of the branch, which is 1.
    ///
    /// - Returns: the question; nil where there is none of this number.
    mutating func edit(question number: Int) -> Message? {
        let questions = conversation.branch.reversed().lazy.filter { $0.role == .user }
        guard let question = questions.dropFirst(number - 1).first else { return nil }
        edited = question.id
        return question
    }

    /// Leaves the question that is being edited as it is; false where none is.
    mutating func stopEditing() -> Bool {
        defer { edited = nil }
        return edited != nil
    }

    /// Takes the last turn back: the branch ends before its question. Nothing is lost.
    ///
    /// - Returns: what was taken back; nil where there was nothing.
    mutating func undo() -> Message? {
        guard let turn = conversation.lastTurn, let first = turn.question ?? turn.reply else { return nil }
        conversation.moveHead(to: first.parent)
        edited = nil
        scroll = .newest
        return first
    }

    /// Walks to another version of the last message that has one in that direction, with what followed it.
    ///
    /// - Parameter step: -1 for the version before, 1 for the one after.
    /// - Returns: whether there is such a version.
    mutating func walk(_ step: Int) -> Bool {
        if conversation.branch.isEmpty, let last = conversation.messages.last(where: { $0.parent == nil }) {
            // All was taken back: that is a version, too, behind the others.
            guard step < 0 else { return false }
            conversation.moveHead(to: conversation.newest(below: last.id))
            scroll = .newest
            return true
        }
        for message in conversation.branch.reversed() {
            let versions = conversation.versions(of: message.id)
            guard let place = versions.firstIndex(of: message.id), versions.indices.contains(place + step)
            else { continue }
            conversation.moveHead(to: conversation.newest(below: versions[place + step]))
            edited = nil
            scroll = .newest
            return true
        }
        return false
    }

    /// Begins a reply to a message of the conversation; other replies to it stay beside it.
    ///
    /// - Parameter start: the text that the reply goes on after; empty for a new one.
    /// - Returns: the name of the reply, and the conversation that it is to answer.
    mutating func startReply(
        to question: Message.ID?, continuing start: String = "", sampling: SamplingOptions, date: Date
    ) -> (ReplyID, Conversation) {
        let headBefore = conversation.head?.id
        edited = nil
        conversation.moveHead(to: question)
        let asked = conversation
        let id = takeReplyName()
        let message = conversation.append(.assistant, start, date: date)
        reply = Reply(id: id, message: message.id, headBefore: headBefore, start: start, sampling: sampling)
        scroll = .newest
        return (id, asked)
    }

    /// A name that no other reply has.
    mutating func takeReplyName() -> ReplyID {
        defer { nextReply = nextReply.next }
        return nextReply
    }

    /// Takes in what the engine tells of the reply under way before it ends.
    ///
    /// - Parameters:
    ///   - tokens: what it added to the turn.
    ///   - now: when it was told.
    mutating func receive(_ event: GenerationEvent, _ tokens: [TracedToken], at now: Duration) {
        reply?.trace += tokens
        if let tokens = event.contextTokens { contextTokens = tokens }
        switch event.kind {
        case .droppedOldestMessages(let count):
            let messages = count == 1 ? "oldest message" : "\(count) oldest messages"
            let question = reply.flatMap { conversation[$0.message]?.parent }
            notes.append(
                Note(
                    after: question,
                    text: "The context is full: the model no longer sees the \(messages)."))
        case .prompt(_, let processed, let total):
            reply?.phase = .reading(processed: processed, total: total)
        case .token(let token):
            reply?.phase = .writing
            reply?.speed.count(at: now)
            if let message = reply?.message { conversation.change(message) { $0.text += token.delta } }
        case .finished(_, let statistics):
            if statistics.generationSeconds > 0 {
                lastSpeed = Double(statistics.generatedTokens) / statistics.generationSeconds
            }
        case .failed:
            break
        }
    }

    /// Notes that the user wants no more of the reply; false where that is known.
    mutating func stopReply() -> Bool {
        guard reply?.isStopping == false else { return false }
        reply?.isStopping = true
        return true
    }

    /// Ends the reply under way. One that was interrupted before its first word was none.
    ///
    /// - Parameter capacity: the capacity in force.
    /// - Returns: the reply, to be kept with the trace of its turn; nil where there was none.
    mutating func endReply(interrupted: Bool, capacity: Double) -> Reply? {
        guard let ended = reply else { return nil }
        reply = nil
        if interrupted, conversation[ended.message]?.text == ended.start {
            remove(ended.message)
            conversation.moveHead(to: ended.headBefore)
            return nil
        }
        conversation.change(ended.message) { message in
            message.isInterrupted = interrupted
            message.capacity = capacity
            message.sampling = ended.sampling
        }
        return ended
    }

    /// Takes a message out, with all that follows it; notes below it stay.
    mutating func remove(_ id: Message.ID) {
        let parent = conversation[id]?.parent
        conversation.remove(id)
        for index in notes.indices {
            if let after = notes[index].after, conversation[after] == nil { notes[index].after = parent }
        }
    }

    // MARK: What is shown

    /// Scrolls up by so many lines, or down where negative.
    mutating func scroll(by lines: Int, _ layout: ChatLayout) {
        let items = items
        // Only the few messages that the move goes through are wrapped.
        let height = { index in
            layout.rows(items[index], layout.lines(of: items[index], in: self), in: self)
        }
        let window = ChatWindow(
            count: items.count, rows: layout.rows, top: place(in: items), height: height)
        let top = ChatWindow.place(lines, above: window.top, count: items.count, height: height)
        let moved = ChatWindow(count: items.count, rows: layout.rows, top: top, height: height)
        scroll = moved.isNewest || items.isEmpty ? .newest : .line(items[top.item], top.line)
    }

    /// Brings a message into sight, its first line first.
    mutating func scroll(to message: Message.ID) {
        scroll = .line(.message(message), 0)
    }

    /// The place in the text nearest to a cell of the screen, the pane being in a box; nil where nothing was said.
    func mark(at place: Point, in box: Rect, _ layout: ChatLayout) -> Selection.Mark? {
        let items = items
        var texts: [Int: ItemText] = [:]
        let text = { (index: Int) -> ItemText in
            if let known = texts[index] { return known }
            texts[index] = layout.lines(of: items[index], in: self)
            return texts[index] ?? ItemText()
        }
        let window = ChatWindow(count: items.count, rows: layout.rows, top: self.place(in: items)) {
            layout.rows(items[$0], text($0), in: self)
        }
        let row = place.row - box.origin.row - 1
        guard let part = window.parts.last(where: { $0.row <= row }) ?? window.parts.first else { return nil }
        let item = items[part.item]
        let lines = text(part.item)
        let above = layout.hasLabelsAbove && item.isMessage ? 1 : 0
        let line = min(
            max(part.lines.lowerBound + row - part.row, part.lines.lowerBound), part.lines.upperBound - 1)
        // Beside the text its ends are meant.
        let column = place.column - box.origin.column - 2 - layout.labelColumns
        let bodyLine = min(max(0, line - above), lines.lineCount - 1)
        let isBelow = row - part.row >= part.lines.count || line - above >= lines.lineCount
        return Selection.Mark(
            item: item, line: bodyLine, column: isBelow ? lines.line(bodyLine).width : max(0, column))
    }

    /// Where among the items the pane is scrolled to; nil at the newest line.
    func place(in items: [ChatItem]) -> ChatWindow.Place? {
        guard case .line(let item, let line) = scroll, let index = items.firstIndex(of: item) else {
            return nil
        }
        return ChatWindow.Place(item: index, line: line)
    }

    /// The messages of the branch and the notes between them, the oldest first.
    var items: [ChatItem] {
        let notesAfter = Dictionary(grouping: notes.indices) { notes[$0].after }
        var items = (notesAfter[nil] ?? []).map(ChatItem.note)
        for message in conversation.branch {
            items.append(.message(message.id))
            // What is noted of a reply comes after it.
            if let notes = notesAfter[message.id], replayed?.message != message.id {
                items += notes.map(ChatItem.note)
            }
        }
        return items + queue.indices.map(ChatItem.queued)
    }

    /// Which version a message is of how many, the first being 1; nil where there is only one.
    func version(of id: Message.ID) -> (number: Int, count: Int)? {
        let versions = conversation.versions(of: id)
        guard versions.count > 1, let place = versions.firstIndex(of: id) else { return nil }
        return (place + 1, versions.count)
    }

    /// A part of the conversation as it was said, its lines as long as they were; nil where there is none.
    func text(of what: Copied) -> String? {
        let newestFirst = conversation.branch.reversed().lazy.filter { !$0.text.isEmpty }
        switch what {
        case .reply: return newestFirst.first { $0.role == .assistant }?.text
        case .message(let number): return newestFirst.dropFirst(number - 1).first?.text
        case .code:
            return newestFirst.filter { $0.role == .assistant }.compactMap { CodeBlocks.last(in: $0.text) }
                .first
        }
    }

    /// Shows replies as they were written, or as Markdown again.
    mutating func toggleSource() {
        showsSource.toggle()
    }

    /// How an item is shown: what the model says as Markdown, all else as it was written.
    func form(of item: ChatItem) -> ItemText.Form {
        guard case .message(let id) = item, let message = conversation[id], message.role == .assistant,
            !showsSource, message.text.utf8.count <= ChatPane.longestMarkdown
        else { return .source }
        return .markdown(isComplete: reply?.message != id && replayed?.message != id)
    }

    /// The longest text that is shown as Markdown, in bytes: longer than any reply, but a file may hold anything.
    private static let longestMarkdown = 1 << 18

    /// As much of a message's text as is shown.
    private func shown(_ text: String, of id: Message.ID) -> String {
        guard let replayed, replayed.message == id else { return text }
        let bytes = text.utf8
        var end =
            bytes.index(bytes.startIndex, offsetBy: replayed.bytes, limitedBy: bytes.endIndex)
            ?? bytes.endIndex
        // A token may end within a character.
        while end > bytes.startIndex, end < bytes.endIndex, bytes[end] & 0xC0 == 0x80 {
            end = bytes.index(before: end)
        }
        return String(text[..<end])
    }

    /// What an item says.
    func text(of item: ChatItem) -> String {
        switch item {
        case .message(let id): shown(conversation[id]?.text ?? "", of: id)
        case .note(let index): notes.indices.contains(index) ? notes[index].text : ""
        case .queued(let index): queue.indices.contains(index) ? "next: \(queue[index])" : ""
        }
    }
}

/// One thing in the chat pane.
enum ChatItem: Sendable, Hashable {
    case message(Message.ID)
    /// A note, by its place among the notes.
    case note(Int)
    /// What the user says once the reply has ended, by its place in the queue.
    case queued(Int)

    /// Whether the item is a message, which has a label.
    var isMessage: Bool {
        if case .message = self { true } else { false }
    }
}
