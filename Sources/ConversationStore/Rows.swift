import Foundation
import GRDB

// Text travels as bytes (`CAST(? AS TEXT)` in, `CAST(column AS BLOB)` out): SQLite's own text functions end a
// string at its first U+0000, and what a model or a paste says may hold one.

// Times are text to people and to SQLite ("2026-11-25 01:13:37.125", in UTC), which also reads and writes it: Foundation's
// formatters and calendars would keep megabytes of tables in memory for that.

/// SQL for times.
enum Time {
    /// The present, the same everywhere in a statement.
    static let now = "strftime('%Y-%m-%d %H:%M:%f', 'now')"

    /// A column's time as GRDB makes a `Date` of it, in seconds since 1970.
    static func column(_ name: String) -> String {
        "round((julianday(\(name)) - 2440587.5) * 86400, 3) AS \(name)"
    }
}

extension String {
    /// The argument for `CAST(? AS TEXT)`.
    var asText: Data { Data(utf8) }

    /// Reads `CAST(column AS BLOB)`; a file edited from outside may hold bytes that are no UTF-8.
    fileprivate init(text: Data) {
        self.init(decoding: text, as: UTF8.self)
    }
}

extension StoredConversation {
    /// The columns, for `SELECT … FROM conversation`.
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
    /// The columns, for `SELECT … FROM message`.
    static let columns = columnsBesideTrace + ", trace"

    /// The same without the trace.
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
