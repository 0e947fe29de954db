import Foundation
import GRDB

// Text travels as bytes (`CAST(? AS TEXT)` in, `CAST(column AS BLOB)` out): SQLite's own text functions end a
// string at its first U+0000, and what a model or a paste says may hold one.

// In the file times are text ("2026-11-25 01:13:37.125", in UTC), which people can read, and SQLite itself reads and
// writes it: Foundation's formatters and calendars would keep megabytes of tables in memory for that.

/// SQL for times.
enum Time {
    /// SQL for the present time; one statement has one present.
    static let now = "strftime('%Y-%m-%d %H:%M:%f', 'now')"

    /// SQL that selects a column's time, under the column's name, in seconds since 1970, of which GRDB makes a `Date`.
    static func column(_ name: String) -> String {
        "round((julianday(\(name)) - 2440587.5) * 86400, 3) AS \(name)"
    }
}

extension String {
    /// The text as an argument for SQL's `CAST(? AS TEXT)`.
    var asText: Data { Data(utf8) }

    /// The text that SQL's `CAST(column AS BLOB)` gave; bytes that are no UTF-8, which a file edited from outside may
    /// hold, become U+FFFD.
    fileprivate init(text: Data) {
        self.init(decoding: text, as: UTF8.self)
    }
}

extension StoredConversation {
    /// SQL for the columns of a conversation, for `SELECT … FROM conversation`.
    static let columns = """
        conversation.id, \(Time.column("createdAt")), \(Time.column("updatedAt")),
        CAST(conversation.title AS BLOB) AS title,
        CAST(conversation.modelName AS BLOB) AS modelName,
        CAST(conversation.systemPrompt AS BLOB) AS systemPrompt,
        (SELECT count(*) FROM message WHERE message.conversationId = conversation.id) AS messageCount
        """

    init(row: Row) throws {
        id = try row.decode(forColumn: "id")
        title = String(text: try row.decode(forColumn: "title"))
        modelName = String(text: try row.decode(forColumn: "modelName"))
        systemPrompt = try row.decode(Data?.self, forColumn: "systemPrompt").map { String(text: $0) }
        createdAt = try row.decode(forColumn: "createdAt")
        updatedAt = try row.decode(forColumn: "updatedAt")
        messageCount = try row.decode(forColumn: "messageCount")
    }
}

extension StoredMessage {
    /// SQL for the columns of a message, for `SELECT … FROM message`.
    static let columns = columnsBesideTrace + ", trace"

    /// SQL for the columns of a message but for its trace, which may be a megabyte.
    static let columnsBesideTrace =
        "id, role, CAST(content AS BLOB) AS content, capacity, interrupted, \(Time.column("createdAt"))"

    init(row: Row) throws {
        try self.init(row: row, trace: row.decode(forColumn: "trace"))
    }

    init(row: Row, trace: Data?) throws {
        id = try row.decode(forColumn: "id")
        let name = try row.decode(String.self, forColumn: "role")
        guard let role = Role(rawValue: name) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a message has an unknown role")
        }
        self.role = role
        content = String(text: try row.decode(forColumn: "content"))
        self.trace = trace
        capacity = try row.decode(forColumn: "capacity")
        interrupted = try row.decode(forColumn: "interrupted")
        createdAt = try row.decode(forColumn: "createdAt")
    }
}
