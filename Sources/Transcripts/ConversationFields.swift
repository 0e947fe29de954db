import Conversations
import Foundation
import Settings

/// The fields of a document, as JSON has them.
struct ConversationFields: Codable {
    let format: String
    let title: String
    let model: String
    let system: String?
    let created: String
    let updated: String
    let head: Located<Int>?
    let messages: [MessageFields]

    struct MessageFields: Codable {
        let id: Located<Int>
        let parent: Located<Int>?
        let role: String
        let text: String
        let date: String
        let capacity: Located<Double>?
        let sampling: Located<SamplingOptions>?
        let interrupted: Bool?
    }

    init(_ document: ConversationDocument) {
        format = ConversationDocument.format
        title = document.title
        model = document.modelName
        system = document.conversation.systemPrompt
        created = Timestamp.text(of: document.created)
        updated = Timestamp.text(of: document.updated)
        head = (document.conversation.head?.id.rawValue).map(Located.init)
        messages = document.conversation.messages.map { message in
            MessageFields(
                id: Located(message.id.rawValue), parent: (message.parent?.rawValue).map(Located.init),
                role: message.role.rawValue,
                text: message.text, date: Timestamp.text(of: message.date),
                capacity: message.capacity.flatMap { $0.isFinite ? Located($0) : nil },
                sampling: message.sampling.flatMap { $0.isWritable ? Located($0) : nil },
                interrupted: message.isInterrupted ? true : nil)
        }
    }

    /// The document that the fields make.
    ///
    /// - Throws: `TranscriptError.field` for the first that has a fault.
    func checked() throws(TranscriptError) -> ConversationDocument {
        try Self.check(system, of: "system", most: ConversationDocument.longestText)
        try Self.check(title, of: "title", most: 1 << 10)
        try Self.check(model, of: "model", most: 1 << 10)
        guard !messages.isEmpty else { throw .field("messages", "is empty; a conversation has at least one") }
        guard messages.count <= ConversationDocument.mostMessages else {
            throw .field("messages", "has over \(ConversationDocument.mostMessages) messages")
        }
        var known: Set<Int> = []
        for (index, message) in messages.enumerated() {
            guard known.insert(message.id.value).inserted else {
                throw .field("messages[\(index)].id", "is \(message.id.value), as another message's")
            }
        }
        var read: [Message] = []
        for (index, fields) in messages.enumerated() {
            read.append(try fields.checked("messages[\(index)]", known: known))
        }
        if let head = head?.value, !known.contains(head) {
            throw .field("head", "is \(head), which no message has")
        }
        var conversation = Conversation(systemPrompt: system, messages: read, head: nil)
        conversation.moveHead(to: (head?.value).map(Message.ID.init(rawValue:)))
        return ConversationDocument(
            conversation, title: title, modelName: model, created: try Timestamp.date(created, of: "created"),
            updated: try Timestamp.date(updated, of: "updated"))
    }

    static func check(_ text: String?, of field: String, most: Int) throws(TranscriptError) {
        guard let text, text.utf8.count > most else { return }
        throw .field(field, "is over \(most) bytes")
    }
}

extension ConversationFields.MessageFields {
    /// The message that the fields make.
    ///
    /// - Parameter known: The numbers of all messages.
    fileprivate func checked(_ place: String, known: Set<Int>) throws(TranscriptError) -> Message {
        let (id, parent) = (id.value, parent?.value)
        guard (1...ConversationDocument.greatestNumber).contains(id) else {
            throw .field("\(place).id", "is \(id); give 1 to \(ConversationDocument.greatestNumber)")
        }
        if let parent {
            guard known.contains(parent) else {
                throw .field("\(place).parent", "is \(parent), which no message has")
            }
            // So there are no circles either.
            guard parent < id else {
                throw .field("\(place).parent", "is \(parent); what message \(id) follows has a smaller id")
            }
        }
        guard let role = Message.Role(rawValue: role) else {
            throw .field("\(place).role", "is “\(role.prefix(20))”; give user or assistant")
        }
        try ConversationFields.check(text, of: "\(place).text", most: ConversationDocument.longestText)
        if let capacity = capacity?.value, !(0...1).contains(capacity) {
            throw .field("\(place).capacity", "is \(capacity); give 0 to 1")
        }
        try sampling?.value.check("\(place).sampling")
        return Message(
            id: Message.ID(rawValue: id), parent: parent.map(Message.ID.init(rawValue:)), role: role,
            text: text, date: try Timestamp.date(date, of: "\(place).date"), capacity: capacity?.value,
            sampling: sampling?.value, isInterrupted: interrupted ?? false)
    }
}

extension SamplingOptions {
    /// Whether JSON can hold all numbers.
    fileprivate var isWritable: Bool {
        [temperature, topP, minP, repetitionPenalty, loopPenalty].allSatisfy(\.isFinite)
    }

    /// Refuses options that no reply can be drawn with.
    fileprivate func check(_ place: String) throws(TranscriptError) {
        let options: [(String, Setting, String)] = [
            ("temperature", .temperature, "\(temperature)"), ("topK", .topK, "\(topK)"),
            ("topP", .topP, "\(topP)"), ("minP", .minP, "\(minP)"),
            ("repetitionPenalty", .repetitionPenalty, "\(repetitionPenalty)"),
            ("loopPenalty", .loopPenalty, "\(loopPenalty)"),
            ("maximumTokens", .maxTokens, "\(maximumTokens)"),
        ]
        for (name, setting, text) in options where (try? setting.value(of: text)) == nil {
            throw .field("\(place).\(name)", "is \(text); give \(setting.allowed)")
        }
    }
}
