import ConversationStore
import Conversations
import Foundation

/// A folder of its own for one test, gone with the value: hold it for as long as a store in it is used.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "fathom-store-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        // A connection that closes meanwhile deletes files of its own, at which the removal stumbles.
        for _ in 0..<10 where FileManager.default.fileExists(atPath: path) {
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    /// Where a store in this folder keeps its database.
    var database: String { path + "/" + ConversationStore.fileName }

    func store(patience: Duration = .seconds(30)) throws -> ConversationStore {
        try ConversationStore(folder: path, patience: patience)
    }

    /// The database as bytes, without opening it as one.
    func bytes() throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: database))
    }

    func put(_ bytes: Data) throws {
        try bytes.write(to: URL(fileURLWithPath: database))
    }

    /// The mode bits of a file in this folder.
    func mode(of path: String) throws -> Int? {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue
    }
}

/// The error that `open` throws, or nil.
func storeError(_ open: () throws -> ConversationStore) -> StoreError? {
    do {
        _ = try open()
        return nil
    } catch {
        return error as? StoreError
    }
}

/// A message to be kept behind the newest one of a conversation.
struct NewMessage {
    var role: Message.Role
    var content: String
    var trace: Data?
    var capacity: Double?
    var interrupted = false

    static func user(_ content: String) -> NewMessage { NewMessage(role: .user, content: content) }
    static func reply(_ content: String) -> NewMessage { NewMessage(role: .assistant, content: content) }

    /// The message as the next of a conversation.
    func added(to conversation: inout Conversation) -> Message {
        let id = conversation.append(role, content, date: .now).id
        conversation.change(id) { message in
            message.trace = trace
            message.capacity = capacity
            message.isInterrupted = interrupted
        }
        return conversation[id] ?? Message(id: id, parent: nil, role: role, text: content, date: .now)
    }
}

extension ConversationStore {
    /// Begins a conversation with a message.
    func create(
        modelName: String, systemPrompt: String? = nil, first message: NewMessage
    ) async throws(StoreError) -> StoredConversation {
        var conversation = Conversation(systemPrompt: systemPrompt)
        _ = message.added(to: &conversation)
        return try await create(conversation, modelName: modelName)
    }

    /// Adds a message at the end of a conversation, after those that others add meanwhile.
    @discardableResult
    func append(_ message: NewMessage, to id: StoredConversation.ID) async throws(StoreError) -> Message {
        while true {
            var conversation = try await load(id).conversation
            let new = message.added(to: &conversation)
            do throws(StoreError) {
                try await append(new, to: id)
                return new
            } catch {
                guard error == .changedElsewhere(conversation: id) else { throw error }
            }
        }
    }

    /// Takes the newest message out.
    @discardableResult
    func removeLast(in id: StoredConversation.ID) async throws(StoreError) -> Bool {
        do throws(StoreError) {
            guard let last = try await load(id).conversation.messages.last else { return false }
            return try await remove(last.id, from: id) != .nothing
        } catch {
            guard error == .noSuchConversation(id: id) else { throw error }
            return try await remove(Message.ID(rawValue: 1), from: id) != .nothing
        }
    }

    /// What is said in a conversation.
    func texts(in id: StoredConversation.ID) async throws(StoreError) -> [String] {
        try await load(id).conversation.messages.map(\.text)
    }
}
