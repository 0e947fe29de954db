import Conversations
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

    /// SQL for a time that is given as an argument, in seconds since 1970.
    static let argument = "strftime('%Y-%m-%d %H:%M:%f', ?, 'unixepoch')"

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
    init(text: Data) {
        self.init(decoding: text, as: UTF8.self)
    }
}

extension StoredConversation {
    /// SQL for the columns of a conversation, for `SELECT … FROM conversation`.
    static let columns = """
        conversation.id, conversation.isPinned, \(Time.column("createdAt")), \(Time.column("updatedAt")),
        CAST(conversation.title AS BLOB) AS title,
        CAST(conversation.modelName AS BLOB) AS modelName,
        CAST(conversation.systemPrompt AS BLOB) AS systemPrompt,
        (SELECT count(*) FROM message WHERE message.conversationId = conversation.id) AS messageCount
        """

    init(row: Row) throws {
        self.init(
            id: try row.decode(forColumn: "id"), title: String(text: try row.decode(forColumn: "title")),
            modelName: String(text: try row.decode(forColumn: "modelName")),
            systemPrompt: try row.decode(Data?.self, forColumn: "systemPrompt").map { String(text: $0) },
            createdAt: try row.decode(forColumn: "createdAt"),
            updatedAt: try row.decode(forColumn: "updatedAt"),
            messageCount: try row.decode(forColumn: "messageCount"),
            isPinned: try row.decode(forColumn: "isPinned"))
    }
}

/// The rows of messages.
enum MessageRow {
    /// SQL for the columns of a message but for its trace, for `SELECT … FROM message`.
    static let columns = """
        number, parent, role, CAST(content AS BLOB) AS content, capacity, sampling, interrupted,
        \(Time.column("createdAt"))
        """

    /// The message in a row, without its trace.
    static func message(in row: Row) throws -> Message {
        let name = try row.decode(String.self, forColumn: "role")
        guard let role = Message.Role(rawValue: name) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a message has an unknown role")
        }
        return Message(
            id: Message.ID(rawValue: try row.decode(forColumn: "number")),
            parent: try row.decode(Int?.self, forColumn: "parent").map(Message.ID.init(rawValue:)),
            role: role, text: String(text: try row.decode(forColumn: "content")),
            date: try row.decode(forColumn: "createdAt"), capacity: try row.decode(forColumn: "capacity"),
            sampling: try row.decode(String?.self, forColumn: "sampling").flatMap(SamplingColumn.options),
            isInterrupted: try row.decode(forColumn: "interrupted"))
    }
}

/// Sampling options as a column of JSON.
enum SamplingColumn {
    static func text(of options: SamplingOptions) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(options), as: UTF8.self)
    }

    /// The options in a text; nil where they are those of a later version, or a file was edited from outside.
    static func options(in text: String) -> SamplingOptions? {
        try? JSONDecoder().decode(SamplingOptions.self, from: Data(text.utf8))
    }
}
