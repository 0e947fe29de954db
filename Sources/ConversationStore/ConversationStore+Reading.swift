public import Conversations
public import Foundation
import GRDB

extension ConversationStore {
    /// The conversation in which a message was kept last; nil where no conversation is kept.
    ///
    /// - Throws: `StoreError` where the database cannot be read.
    public func latest() async throws(StoreError) -> StoredConversation? {
        try await read { db in
            try Row.fetchOne(
                db,
                sql: """
                    SELECT \(StoredConversation.columns) FROM conversation WHERE deletedAt IS NULL
                    ORDER BY (SELECT max(id) FROM message WHERE conversationId = conversation.id) DESC LIMIT 1
                    """
            ).map(StoredConversation.init(row:))
        }
    }

    /// The conversations that are kept: those that are pinned first, then the one in which a message was kept last.
    ///
    /// - Parameters:
    ///   - text: Only conversations of which one message, or the title, has all words of this in it, in either case; a
    ///     part of a word will do. Each then has an excerpt of the newest such message.
    ///   - limit: The most conversations to return; 0 or less is none.
    /// - Throws: `StoreError` where the database cannot be read.
    public func conversations(
        containing text: String? = nil, limit: Int = .max
    ) async throws(StoreError) -> [StoredConversation] {
        let search = text.flatMap(TextSearch.init)
        let limit = max(0, limit)
        return try await read { db in
            guard let search else {
                // The order of messages, not of times: clocks are set back, message numbers only grow.
                return try Row.fetchAll(
                    db,
                    sql: """
                        SELECT \(StoredConversation.columns) FROM conversation WHERE deletedAt IS NULL
                        ORDER BY isPinned DESC,
                            (SELECT max(id) FROM message WHERE conversationId = conversation.id) DESC
                        LIMIT ?
                        """,
                    arguments: [limit]
                ).map(StoredConversation.init(row:))
            }
            return try search.conversations(in: db, limit: limit)
        }
    }

    /// What the user asked last, in any conversation, the newest first; nothing twice.
    ///
    /// - Throws: `StoreError` where the database cannot be read.
    public func recentQuestions(limit: Int) async throws(StoreError) -> [String] {
        try await read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT CAST(content AS BLOB) AS content FROM message
                    JOIN conversation ON conversation.id = conversationId AND deletedAt IS NULL
                    WHERE role = 'user' ORDER BY message.id DESC LIMIT ?
                    """,
                arguments: [max(0, limit)])
            var known: Set<String> = []
            return try rows.map { String(text: try $0.decode(forColumn: "content")) }
                .filter { known.insert($0).inserted }
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
            db,
            sql: "SELECT \(StoredConversation.columns) FROM conversation WHERE id = ? AND deletedAt IS NULL",
            arguments: [id])
        guard let row else { throw StoreError.noSuchConversation(id: id) }
        return try StoredConversation(row: row)
    }
}
