public import Conversations
public import Foundation
import GRDB

extension ConversationStore {
    /// The conversation in which a message was kept last; nil where no conversation is kept.
    ///
    /// - Throws: `StoreError` where the database cannot be read.
    public func latest() async throws(StoreError) -> StoredConversation? {
        try await conversations(limit: 1).first
    }

    /// The conversations that are kept, the one in which a message was kept last first.
    ///
    /// - Parameters:
    ///   - text: Only conversations with a message that contains this; letters A–Z match in either case.
    ///   - limit: The most conversations to return; 0 or less is none.
    /// - Throws: `StoreError` where the database cannot be read.
    public func conversations(
        containing text: String? = nil, limit: Int = .max
    ) async throws(StoreError) -> [StoredConversation] {
        let pattern = text.map { "%\($0.escapedForLike)%".asText }
        return try await read { db in
            // The order of messages, not of times: clocks are set back, message numbers only grow.
            try Row.fetchAll(
                db,
                sql: """
                    SELECT \(StoredConversation.columns) FROM conversation
                    WHERE :pattern IS NULL OR EXISTS (
                        SELECT 1 FROM message
                        WHERE conversationId = conversation.id AND content LIKE CAST(:pattern AS TEXT) ESCAPE '\\')
                    ORDER BY (SELECT max(id) FROM message WHERE conversationId = conversation.id) DESC
                    LIMIT :limit
                    """,
                arguments: ["pattern": pattern, "limit": max(0, limit)]
            ).map(StoredConversation.init(row:))
        }
    }

    /// A conversation, its messages without their traces, of which there may be many megabytes.
    ///
    /// - Throws: `StoreError.noSuchConversation` where none has the number `id`, another where the database cannot be
    ///   read.
    public func load(
        _ id: StoredConversation.ID
    ) async throws(StoreError) -> (stored: StoredConversation, conversation: Conversation) {
        try await read { db in
            let stored = try Self.conversation(id, in: db)
            let messages = try Row.fetchAll(
                db,
                sql: "SELECT \(MessageRow.columns) FROM message WHERE conversationId = ? ORDER BY number",
                arguments: [id]
            ).map(MessageRow.message(in:))
            let head = try Int.fetchOne(
                db, sql: "SELECT head FROM conversation WHERE id = ?", arguments: [id])
            let conversation = Conversation(
                systemPrompt: stored.systemPrompt, messages: messages,
                head: head.map(Message.ID.init(rawValue:)))
            return (stored, conversation)
        }
    }

    /// The routing trace of a message, the very bytes that were kept; nil where none was.
    ///
    /// - Throws: `StoreError` where the database cannot be read.
    public func trace(
        of message: Message.ID, in id: StoredConversation.ID
    ) async throws(StoreError) -> Data? {
        try await read { db in
            try Row.fetchOne(
                db, sql: "SELECT trace FROM message WHERE conversationId = ? AND number = ?",
                arguments: [id, message.rawValue])?["trace"]
        }
    }

    static func conversation(_ id: StoredConversation.ID, in db: Database) throws -> StoredConversation {
        let row = try Row.fetchOne(
            db, sql: "SELECT \(StoredConversation.columns) FROM conversation WHERE id = ?", arguments: [id])
        guard let row else { throw StoreError.noSuchConversation(id: id) }
        return try StoredConversation(row: row)
    }
}

extension String {
    /// The text as a pattern of SQL's LIKE that matches only itself, with `ESCAPE '\'`.
    fileprivate var escapedForLike: String {
        var escaped = ""
        for scalar in unicodeScalars {
            if scalar == "%" || scalar == "_" || scalar == "\\" { escaped.unicodeScalars.append("\\") }
            escaped.unicodeScalars.append(scalar)
        }
        return escaped
    }
}
