import Foundation
import GRDB

extension ConversationStore {
    /// Begins a conversation with its first message; a conversation without messages is never kept.
    ///
    /// - Throws: `StoreError` where the database cannot be written; nothing is kept then.
    public func create(
        modelName: String, systemPrompt: String? = nil, first message: NewMessage
    ) async throws(StoreError) -> (conversation: StoredConversation, message: StoredMessage) {
        try await write { db in
            try db.execute(
                sql: """
                    INSERT INTO conversation (title, modelName, systemPrompt, createdAt, updatedAt)
                    VALUES ('', CAST(? AS TEXT), CAST(? AS TEXT), \(Time.now), \(Time.now))
                    """,
                arguments: [modelName.asText, systemPrompt?.asText])
            let id = db.lastInsertedRowID
            let stored = try Self.insert(message, into: id, in: db)
            return (try Self.conversation(id, in: db), stored)
        }
    }

    /// Adds a message at the end of a conversation. The user's first message gives the conversation its title.
    ///
    /// - Throws: `StoreError.noSuchConversation` where none has the number `id`, another where the database cannot be
    ///   written; nothing is kept then.
    @discardableResult
    public func append(
        _ message: NewMessage, to id: StoredConversation.ID
    ) async throws(StoreError) -> StoredMessage {
        try await write { db in
            try Self.touch(id, in: db)
            return try Self.insert(message, into: id, in: db)
        }
    }

    /// Deletes the newest message of a conversation, whoever's it is, and with the only message the conversation.
    ///
    /// - Returns: Whether there was a message; a conversation that is not kept has none.
    /// - Throws: `StoreError` where the database cannot be written; nothing is deleted then.
    @discardableResult
    public func deleteLastMessage(in id: StoredConversation.ID) async throws(StoreError) -> Bool {
        try await write { db in
            try db.execute(
                sql: "DELETE FROM message WHERE id = (SELECT max(id) FROM message WHERE conversationId = ?)",
                arguments: [id])
            guard db.changesCount == 1 else { return false }
            try Self.tidy(id, in: db)
            return true
        }
    }

    /// Deletes a conversation with all its messages.
    ///
    /// - Throws: `StoreError.noSuchConversation` where none has the number `id`, another where the database cannot be
    ///   written; nothing is deleted then.
    public func delete(_ id: StoredConversation.ID) async throws(StoreError) {
        try await write { db in
            try db.execute(sql: "DELETE FROM conversation WHERE id = ?", arguments: [id])
            guard db.changesCount == 1 else { throw StoreError.noSuchConversation(id: id) }
        }
    }

    private static func insert(
        _ message: NewMessage, into id: StoredConversation.ID, in db: Database
    ) throws -> StoredMessage {
        if message.role == .user {
            try db.execute(
                sql: """
                    UPDATE conversation SET title = :title WHERE id = :id
                    AND NOT EXISTS (SELECT 1 FROM message WHERE conversationId = :id AND role = 'user')
                    """,
                arguments: ["title": Title.of(message.content), "id": id])
        }
        let row = try Row.fetchOne(
            db,
            sql: """
                INSERT INTO message (conversationId, role, content, trace, capacity, interrupted, createdAt)
                VALUES (?, ?, CAST(? AS TEXT), ?, ?, ?, \(Time.now)) RETURNING \(StoredMessage.columnsBesideTrace)
                """,
            arguments: [
                id, message.role.rawValue, message.content.asText, message.trace, message.capacity,
                message.interrupted,
            ])
        guard let row else { throw DatabaseError(message: "the message was not stored") }
        // A trace may be a megabyte: it does not come back only to be what it was.
        return try StoredMessage(row: row, trace: message.trace)
    }

    /// Brings a conversation in step with its remaining messages: without any it is deleted, without one of the user's
    /// it has no title.
    private static func tidy(_ id: StoredConversation.ID, in db: Database) throws {
        try db.execute(
            sql: """
                DELETE FROM conversation WHERE id = :id
                AND NOT EXISTS (SELECT 1 FROM message WHERE conversationId = :id)
                """,
            arguments: ["id": id])
        guard db.changesCount == 0 else { return }
        try touch(id, in: db)
        try db.execute(
            sql: """
                UPDATE conversation SET title = '' WHERE id = :id
                AND NOT EXISTS (SELECT 1 FROM message WHERE conversationId = :id AND role = 'user')
                """,
            arguments: ["id": id])
    }

    /// Notes the time at which a conversation changes.
    ///
    /// - Throws: `StoreError.noSuchConversation` where none has the number `id`.
    private static func touch(_ id: StoredConversation.ID, in db: Database) throws {
        try db.execute(sql: "UPDATE conversation SET updatedAt = \(Time.now) WHERE id = ?", arguments: [id])
        guard db.changesCount == 1 else { throw StoreError.noSuchConversation(id: id) }
    }
}
