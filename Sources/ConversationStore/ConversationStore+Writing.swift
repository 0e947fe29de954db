public import Conversations
import Foundation
import GRDB

extension ConversationStore {
    /// Keeps a conversation that is not kept yet, with all its messages. One without messages is never kept: create it
    /// with its first.
    ///
    /// - Parameters:
    ///   - modelName: The name of the model it is held with.
    ///   - original: The conversation whose copy this is. Messages without a trace get that of the original's message
    ///     of the same number.
    /// - Throws: `StoreError` where the database cannot be written; nothing is kept then.
    public func create(
        _ conversation: Conversation, modelName: String,
        copyOf original: (id: StoredConversation.ID, before: Message.ID)? = nil
    ) async throws(StoreError) -> StoredConversation {
        precondition(!conversation.messages.isEmpty, "a conversation is kept with its first message")
        return try await write { db in
            try db.execute(
                sql: """
                    INSERT INTO conversation (title, modelName, systemPrompt, createdAt, updatedAt)
                    VALUES ('', CAST(? AS TEXT), CAST(? AS TEXT), \(Time.now), \(Time.now))
                    """,
                arguments: [modelName.asText, conversation.systemPrompt?.asText])
            let id = db.lastInsertedRowID
            for message in conversation.messages { try Self.insert(message, into: id, in: db) }
            try Self.setHead(conversation.head?.id, of: id, in: db)
            if let original {
                try db.execute(
                    sql: """
                        UPDATE message SET trace = original.trace FROM message AS original
                        WHERE message.conversationId = ? AND message.number < ?
                        AND original.conversationId = ? AND original.number = message.number
                        """,
                    arguments: [id, original.before.rawValue, original.id])
            }
            return try Self.conversation(id, in: db)
        }
    }

    /// Adds a message to a conversation and makes it the head. The user's first message gives the conversation its
    /// title.
    ///
    /// - Throws: `StoreError.changedElsewhere` where the conversation has a message of this number: another chat went
    ///   on with it. `.noSuchConversation` where none has the number `id`; another where the database cannot be
    ///   written. Nothing is kept then.
    public func append(_ message: Message, to id: StoredConversation.ID) async throws(StoreError) {
        try await write { db in
            try Self.touch(id, in: db)
            let isNext = try Bool.fetchOne(
                db,
                sql: """
                    SELECT NOT EXISTS (SELECT 1 FROM message WHERE conversationId = :id AND number >= :number)
                    AND (:parent IS NULL
                        OR EXISTS (SELECT 1 FROM message WHERE conversationId = :id AND number = :parent))
                    """,
                arguments: ["id": id, "number": message.id.rawValue, "parent": message.parent?.rawValue])
            guard isNext == true else { throw StoreError.changedElsewhere(conversation: id) }
            try Self.insert(message, into: id, in: db)
            try Self.setHead(message.id, of: id, in: db)
        }
    }

    /// Notes which message a conversation goes on after; nil where it begins anew.
    ///
    /// - Parameter last: The newest message of the conversation that the caller knows of.
    /// - Throws: `StoreError.changedElsewhere` where the conversation has a later one, `.noSuchConversation` where none
    ///   has the number `id`, another where the database cannot be written. Nothing is changed then.
    public func moveHead(
        of id: StoredConversation.ID, to head: Message.ID?, knowing last: Message.ID
    ) async throws(StoreError) {
        try await write { db in
            try Self.touch(id, in: db)
            let newest = try Int.fetchOne(
                db, sql: "SELECT max(number) FROM message WHERE conversationId = ?", arguments: [id])
            guard newest ?? 0 <= last.rawValue else { throw StoreError.changedElsewhere(conversation: id) }
            try Self.setHead(head, of: id, in: db)
        }
    }

    /// What came of taking a message out.
    public enum Removal: Sendable, Hashable {
        /// There was no such message.
        case nothing
        /// The conversation has messages left.
        case message
        /// The conversation went with its last message.
        case conversation
    }

    /// Deletes a message of a conversation with all that follows it, and with the last message the conversation.
    ///
    /// - Throws: `StoreError` where the database cannot be written; nothing is deleted then.
    @discardableResult
    public func remove(
        _ message: Message.ID, from id: StoredConversation.ID
    ) async throws(StoreError) -> Removal {
        try await write { db in
            let parent = try Row.fetchOne(
                db,
                sql: """
                    SELECT parent FROM message JOIN conversation ON conversation.id = conversationId
                    WHERE conversationId = ? AND number = ? AND deletedAt IS NULL
                    """,
                arguments: [id, message.rawValue])
            guard let parent else { return .nothing }
            try db.execute(
                sql: """
                    WITH RECURSIVE gone (number) AS (
                        SELECT :number UNION
                        SELECT message.number FROM message JOIN gone ON message.parent = gone.number
                        WHERE conversationId = :id)
                    DELETE FROM message WHERE conversationId = :id AND number IN gone
                    """,
                arguments: ["id": id, "number": message.rawValue])
            try db.execute(
                sql: """
                    UPDATE conversation SET head = :parent WHERE id = :id
                    AND NOT EXISTS (SELECT 1 FROM message WHERE conversationId = :id AND number = head)
                    """,
                arguments: ["id": id, "parent": parent["parent"] as Int?])
            return try Self.tidy(id, in: db) ? .message : .conversation
        }
    }

    /// Deletes a conversation with all its messages. For a week `undelete` brings it back; then it is gone.
    ///
    /// - Throws: `StoreError.noSuchConversation` where none has the number `id`, another where the database cannot be
    ///   written; nothing is deleted then.
    public func delete(_ id: StoredConversation.ID) async throws(StoreError) {
        try await set("deletedAt = \(Time.now)", of: id)
    }

    /// Brings a deleted conversation back.
    ///
    /// - Throws: `StoreError.noSuchConversation` where none of the number `id` was deleted within a week, another where
    ///   the database cannot be written.
    public func undelete(_ id: StoredConversation.ID) async throws(StoreError) {
        try await set("deletedAt = NULL", of: id, deleted: true)
    }

    /// Gives a conversation another title, of which one line of printable text is kept.
    ///
    /// - Throws: `StoreError.noSuchConversation` where none has the number `id`, another where the database cannot be
    ///   written.
    public func rename(_ id: StoredConversation.ID, to title: String) async throws(StoreError) {
        try await set("title = CAST(? AS TEXT)", of: id, [Title.of(title).asText])
    }

    /// Puts a conversation above the others where they are listed, or back among them.
    ///
    /// - Throws: `StoreError.noSuchConversation` where none has the number `id`, another where the database cannot be
    ///   written.
    public func pin(_ id: StoredConversation.ID, _ isPinned: Bool) async throws(StoreError) {
        try await set("isPinned = ?", of: id, [isPinned])
    }

    private func set(
        _ columns: String, of id: StoredConversation.ID, _ values: StatementArguments = [],
        deleted: Bool = false
    ) async throws(StoreError) {
        try await write { db in
            try db.execute(
                sql:
                    "UPDATE conversation SET \(columns) WHERE id = ? AND deletedAt IS \(deleted ? "NOT NULL" : "NULL")",
                arguments: values + [id])
            guard db.changesCount == 1 else { throw StoreError.noSuchConversation(id: id) }
        }
    }

    private static func insert(_ message: Message, into id: StoredConversation.ID, in db: Database) throws {
        if message.role == .user {
            try db.execute(
                sql: """
                    UPDATE conversation SET title = :title WHERE id = :id
                    AND NOT EXISTS (SELECT 1 FROM message WHERE conversationId = :id AND role = 'user')
                    """,
                arguments: ["title": Title.of(message.text), "id": id])
        }
        try db.execute(
            sql: """
                INSERT INTO message
                (conversationId, number, parent, role, content, trace, capacity, sampling, interrupted, createdAt)
                VALUES (?, ?, ?, ?, CAST(? AS TEXT), ?, ?, ?, ?, \(Time.argument))
                """,
            arguments: [
                id, message.id.rawValue, message.parent?.rawValue, message.role.rawValue, message.text.asText,
                message.trace, message.capacity, try message.sampling.map(SamplingColumn.text(of:)),
                message.isInterrupted, message.date.timeIntervalSince1970,
            ])
    }

    private static func setHead(_ head: Message.ID?, of id: StoredConversation.ID, in db: Database) throws {
        try db.execute(
            sql: "UPDATE conversation SET head = ? WHERE id = ?", arguments: [head?.rawValue, id])
    }

    /// Brings a conversation in step with its remaining messages: without any it is deleted, without one of the user's
    /// it has no title. Returns whether it is still there.
    private static func tidy(_ id: StoredConversation.ID, in db: Database) throws -> Bool {
        try db.execute(
            sql: """
                DELETE FROM conversation WHERE id = :id
                AND NOT EXISTS (SELECT 1 FROM message WHERE conversationId = :id)
                """,
            arguments: ["id": id])
        guard db.changesCount == 0 else { return false }
        try touch(id, in: db)
        try db.execute(
            sql: """
                UPDATE conversation SET title = '' WHERE id = :id
                AND NOT EXISTS (SELECT 1 FROM message WHERE conversationId = :id AND role = 'user')
                """,
            arguments: ["id": id])
        return true
    }

    /// Notes the time at which a conversation changes.
    ///
    /// - Throws: `StoreError.noSuchConversation` where none has the number `id`.
    private static func touch(_ id: StoredConversation.ID, in db: Database) throws {
        try db.execute(
            sql: "UPDATE conversation SET updatedAt = \(Time.now) WHERE id = ? AND deletedAt IS NULL",
            arguments: [id])
        guard db.changesCount == 1 else { throw StoreError.noSuchConversation(id: id) }
    }
}
