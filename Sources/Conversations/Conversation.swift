public import Foundation

/// What was said between a user and a model: a tree of messages, one branch of which is being read and gone on with.
///
/// A question asked anew, or a reply made anew, is another child of the same parent. Nothing that was said is lost when
/// the conversation goes on elsewhere.
public struct Conversation: Sendable, Hashable {
    /// What the model is told first; nil leaves the chat template's own.
    public var systemPrompt: String?
    /// All messages, in the order of their numbers; parents stand before their children.
    public private(set) var messages: [Message] = []
    /// [messages of the branch]: their places in `messages`, the oldest first.
    private var places: [Int] = []
    /// The children of each message, and under nil those of none, in the order of their numbers.
    private var children: [Message.ID?: [Message.ID]] = [:]
    /// The largest number that was ever given, so that none is given twice.
    private var lastNumber = 0

    /// Creates a conversation in which nothing was said yet.
    public init(systemPrompt: String? = nil) {
        self.systemPrompt = systemPrompt
    }

    /// Creates a conversation from messages that were kept.
    ///
    /// - Parameters:
    ///   - messages: in any order. A message whose number is taken is left out, and so is one whose parent is missing
    ///     or has no smaller number: a file may be damaged.
    ///   - head: the newest message of the branch to go on with; nil begins a branch. Where it is missing, the newest
    ///     of all is gone on with.
    public init(systemPrompt: String?, messages: [Message], head: Message.ID?) {
        self.systemPrompt = systemPrompt
        var known: Set<Message.ID> = []
        for message in messages.sorted(by: { $0.id < $1.id }) {
            let isRooted = message.parent.map { known.contains($0) } ?? true
            guard isRooted, known.insert(message.id).inserted else { continue }
            self.messages.append(message)
            children[message.parent, default: []].append(message.id)
        }
        lastNumber = self.messages.last?.id.rawValue ?? 0
        if let head { moveHead(to: known.contains(head) ? head : self.messages.last?.id) }
    }

    /// Whether nothing was said on this branch.
    public var isEmpty: Bool { places.isEmpty }

    /// The messages of the branch, the oldest first.
    public var branch: some RandomAccessCollection<Message> {
        places.lazy.map { messages[$0] }
    }

    /// The newest message of the branch; nil before the first.
    public var head: Message? { places.last.map { messages[$0] } }

    /// The last question of the branch and the reply to it; nil before the first question.
    public var lastTurn: Turn? {
        guard let head else { return nil }
        switch head.role {
        case .user: return Turn(question: head, reply: nil)
        case .assistant: return Turn(question: head.parent.flatMap { self[$0] }, reply: head)
        }
    }

    /// The message of a number; nil where there is none.
    public subscript(id: Message.ID) -> Message? { place(of: id).map { messages[$0] } }

    /// The number that the next message is given.
    public var nextID: Message.ID { Message.ID(rawValue: lastNumber + 1) }

    /// Puts a message behind the head, of which it becomes a child, and makes it the head.
    ///
    /// - Returns: the message, with its number.
    @discardableResult
    public mutating func append(_ role: Message.Role, _ text: String, date: Date) -> Message {
        let message = Message(id: nextID, parent: head?.id, role: role, text: text, date: date)
        lastNumber += 1
        places.append(messages.count)
        messages.append(message)
        children[message.parent, default: []].append(message.id)
        return message
    }

    /// Changes a message: its text grows while it comes. Does nothing where there is no such message.
    public mutating func change(_ id: Message.ID, _ body: (inout Message) -> Void) {
        if let place = place(of: id) { body(&messages[place]) }
    }

    /// Goes on after another message; nil begins a branch of its own. Nothing is lost. Does nothing where there is no
    /// such message.
    public mutating func moveHead(to id: Message.ID?) {
        var branch: [Int] = []
        var next = id
        while let message = next {
            guard let place = place(of: message) else { return }
            branch.append(place)
            next = messages[place].parent
        }
        places = branch.reversed()
    }

    /// The messages that follow the same one as this does, itself among them, in the order of their numbers: the
    /// versions of a question, or the replies to one.
    public func versions(of id: Message.ID) -> [Message.ID] {
        self[id].flatMap { children[$0.parent] } ?? []
    }

    /// The newest of the messages that follow a message on any branch; the message itself where nothing follows it.
    public func newest(below id: Message.ID) -> Message.ID {
        var below: Set<Message.ID> = [id]
        var newest = id
        for message in messages where message.parent.map(below.contains) == true {
            below.insert(message.id)
            newest = message.id
        }
        return newest
    }

    /// Takes a message out for good, with all that follows it. Where it was in the branch, that ends at its parent.
    public mutating func remove(_ id: Message.ID) {
        guard let message = self[id] else { return }
        let before = branch.map(\.id)
        var gone: Set<Message.ID> = [id]
        messages.removeAll { other in
            let goes = other.id == id || other.parent.map(gone.contains) == true
            if goes { gone.insert(other.id) }
            return goes
        }
        for id in gone { children[id] = nil }
        children[message.parent]?.removeAll { $0 == id }
        moveHead(to: before.contains(id) ? message.parent : before.last)
    }

    private func place(of id: Message.ID) -> Int? {
        // Numbers ascend: the place is found by halving.
        var range = messages.startIndex..<messages.endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if messages[middle].id == id { return middle }
            range =
                messages[middle].id < id ? (middle + 1)..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }
}

/// A question and the reply to it.
public struct Turn: Sendable, Hashable {
    /// The question; nil where the model spoke first.
    public let question: Message?
    /// The reply; nil while there is none.
    public let reply: Message?
}
