import Foundation
import GRDB

extension ConversationStore {
    /// Begins a conversation with its first message; one without any is never kept.
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

    /// Adds a message at the end of a conversation. The first of the user gives the conversation its title.
    ///
    /// - Throws: `StoreError.noSuchConversation` where none has this number.
    @discardableResult
    public func append(
        _ message: NewMessage, to id: StoredConversation.ID
    ) async throws(StoreError) -> StoredMessage {
        try await write { db in
            try Self.touch(id, in: db)
            return try Self.insert(message, into: id, in: db)
        }
    }

    /// Deletes the newest message, whoever's it is, and with the only message the conversation.
    ///
    /// - Returns: Whether there was one; a conversation that is not there has none.
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
    /// - Throws: `StoreError.noSuchConversation` where none has this number.
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

    /// Makes a conversation what its remaining messages say: gone without any, untitled without one of the user.
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

    /// Notes that a conversation changes, and makes sure that it is there.
    private static func touch(_ id: StoredConversation.ID, in db: Database) throws {
        try db.execute(sql: "UPDATE conversation SET updatedAt = \(Time.now) WHERE id = ?", arguments: [id])
        guard db.changesCount == 1 else { throw StoreError.noSuchConversation(id: id) }
    }
}
