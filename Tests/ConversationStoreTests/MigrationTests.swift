import ConversationStore
import Conversations
import Foundation
import GRDB
import Testing

@Suite("Databases of earlier versions are read")
struct MigrationTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// The first schema, as it was released, with two conversations whose messages came in turns.
    private func makeFirst() throws {
        let database = try DatabaseQueue(path: folder.database)
        try database.write { db in
            try db.execute(
                sql: """
                    PRAGMA application_id = \(0x6674_686D);
                    CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
                    INSERT INTO grdb_migrations VALUES ('1: conversations and messages');
                    CREATE TABLE conversation (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        title TEXT NOT NULL,
                        modelName TEXT NOT NULL,
                        systemPrompt TEXT,
                        createdAt TEXT NOT NULL,
                        updatedAt TEXT NOT NULL
                    ) STRICT;
                    CREATE TABLE message (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        conversationId INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
                        role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
                        content TEXT NOT NULL,
                        trace BLOB,
                        capacity REAL CHECK (capacity BETWEEN 0 AND 1),
                        interrupted INTEGER NOT NULL CHECK (interrupted IN (0, 1)),
                        createdAt TEXT NOT NULL
                    ) STRICT;
                    CREATE INDEX messageOfConversation ON message (conversationId);
                    INSERT INTO conversation VALUES
                        (3, 'a', 'm', NULL, '2026-11-25 01:13:37.125', '2026-11-25 01:13:38.000'),
                        (5, 'b', 'm', 'Be brief.', '2026-11-25 01:13:37.125', '2026-11-25 01:13:38.000');
                    INSERT INTO message VALUES
                        (7, 3, 'user', 'a', NULL, NULL, 0, '2026-11-25 01:13:37.125'),
                        (8, 5, 'user', 'b', NULL, NULL, 0, '2026-11-25 01:13:37.125'),
                        (9, 3, 'assistant', CAST(x'6100620a' AS TEXT), x'0102', 0.5, 1, '2026-11-25 01:13:37.500'),
                        (12, 3, 'user', 'c', NULL, NULL, 0, '2026-11-25 01:13:38.000');
                    """)
        }
        try database.close()
    }

    @Test("The first one's conversations become branches, to the byte")
    func first() async throws {
        try makeFirst()
        let store = try folder.store()
        let (stored, conversation) = try await store.load(3)
        #expect(stored.title == "a" && stored.messageCount == 3)
        #expect(conversation.branch.map(\.text) == ["a", "a\0b\n", "c"])
        #expect(conversation.messages.map(\.id.rawValue) == [1, 2, 3])
        #expect(conversation.messages.map { $0.parent?.rawValue } == [nil, 1, 2])
        let reply = conversation.messages[1]
        #expect(
            reply.role == .assistant && reply.capacity == 0.5 && reply.isInterrupted && reply.sampling == nil)
        #expect(abs(reply.date.timeIntervalSince1970 - 1_795_569_217.5) < 0.001)
        #expect(try await store.trace(of: reply.id, in: 3) == Data([1, 2]))
        #expect(try await store.load(5).conversation.systemPrompt == "Be brief.")
        #expect(try await store.conversations().map(\.id) == [3, 5])
        try await store.append(.reply("d"), to: 5)
        #expect(try await store.conversations().map(\.id) == [5, 3], "the newest message comes first")
        #expect(try await folder.store().texts(in: 5) == ["b", "d"])
        #expect(
            try await store.conversations(containing: "c").map(\.id) == [3],
            "what was kept before is found")
        try await store.delete(3)
        #expect(try await store.conversations().map(\.id) == [5])
    }
}
