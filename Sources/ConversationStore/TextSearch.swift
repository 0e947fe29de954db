package import Conversations
import Foundation
package import GRDB

/// A search for the words of a text in what was said. The index holds every three letters in a row (SQLite's FTS5 with
/// the trigram tokenizer); shorter words are looked for in what the others found.
package struct TextSearch: Sendable {
    private let words: [String]

    /// Creates a search; nil for a text without words.
    package init?(_ text: String) {
        // SQLite's texts end at a U+0000.
        words = text.split { $0.isWhitespace || $0 == "\0" }.prefix(16).map { String($0.prefix(64)) }
        if words.isEmpty { return nil }
    }

    /// The conversations in which a message, or the title, has all words, the one with the newest such message first
    /// but for pinned ones.
    package func conversations(in db: Database, limit: Int) throws -> [StoredConversation] {
        guard limit > 0 else { return [] }
        // A frequent word is in most messages there are. The newest that have it are enough as a rule.
        let (few, overflow) = limit.multipliedReportingOverflow(by: 20)
        let most = overflow ? Int.max : few + 2000
        var found = try self.found(in: db, newest: most)
        if found.count < limit, most < Int.max { found = try self.found(in: db, newest: .max) }
        let newest = Dictionary(uniqueKeysWithValues: found.map { ($0.conversation, $0.message) })
        let named = try titled(in: db).filter { newest[$0] == nil }
        let pinned = Set(
            try Int64.fetchAll(db, sql: "SELECT id FROM conversation WHERE isPinned AND deletedAt IS NULL"))
        let ids = found.map(\.conversation) + named
        let ordered = ids.filter(pinned.contains) + ids.filter { !pinned.contains($0) }
        return try ordered.prefix(limit).compactMap { id -> StoredConversation? in
            guard
                let row = try Row.fetchOne(
                    db,
                    sql:
                        "SELECT \(StoredConversation.columns) FROM conversation WHERE id = ? AND deletedAt IS NULL",
                    arguments: [id])
            else { return nil }
            var stored = try StoredConversation(row: row)
            stored.excerpt = try newest[id].flatMap { try excerpt(of: $0, in: db) }
            return stored
        }
    }

    /// The conversations that have messages with all words among so many of the newest such messages, each with its
    /// newest, the newest first.
    private func found(
        in db: Database, newest most: Int
    ) throws -> [(conversation: StoredConversation.ID, message: Int64)] {
        let long = words.filter { $0.unicodeScalars.count >= 3 }
        let short = words.filter { $0.unicodeScalars.count < 3 }
        var arguments: [any DatabaseValueConvertible] = []
        var messages = "SELECT id FROM message"
        if !long.isEmpty {
            messages = "SELECT rowid AS id FROM messageText WHERE messageText MATCH ?"
            arguments.append(long.map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: " "))
        }
        let column = long.isEmpty ? "content" : "(SELECT content FROM message WHERE id = messageText.rowid)"
        for word in short {
            messages += long.isEmpty && word == short.first ? " WHERE" : " AND"
            messages += " \(column) LIKE CAST(? AS TEXT) ESCAPE '\\'"
            arguments.append("%\(word.escapedForLike)%".asText)
        }
        let order = long.isEmpty ? "id" : "rowid"
        return try Row.fetchAll(
            db,
            sql: """
                SELECT conversationId, max(message.id) AS newest
                FROM (\(messages) ORDER BY \(order) DESC LIMIT \(most)) AS found
                JOIN message ON message.id = found.id
                JOIN conversation ON conversation.id = conversationId AND deletedAt IS NULL
                GROUP BY conversationId ORDER BY newest DESC
                """,
            arguments: StatementArguments(arguments)
        ).map { ($0["conversationId"], $0["newest"]) }
    }

    /// The conversations whose title has all words, the newest first.
    private func titled(in db: Database) throws -> [StoredConversation.ID] {
        let conditions = words.map { _ in "title LIKE CAST(? AS TEXT) ESCAPE '\\'" }.joined(
            separator: " AND ")
        return try Int64.fetchAll(
            db,
            sql: "SELECT id FROM conversation WHERE deletedAt IS NULL AND \(conditions) ORDER BY id DESC",
            arguments: StatementArguments(words.map { "%\($0.escapedForLike)%".asText }))
    }

    /// One line of a message around the first of the words in it.
    private func excerpt(of message: Int64, in db: Database) throws -> String? {
        guard
            let bytes = try Data.fetchOne(
                db, sql: "SELECT CAST(content AS BLOB) FROM message WHERE id = ?", arguments: [message])
        else { return nil }
        let text = String(text: bytes)
        let place = words.lazy.compactMap { text.range(of: $0, options: .caseInsensitive)?.lowerBound }.first
        guard let place else { return Title.of(text) }
        let start = text.index(place, offsetBy: -16, limitedBy: text.startIndex) ?? text.startIndex
        return (start > text.startIndex ? "…" : "") + Title.of(String(text[start...].prefix(200)))
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
