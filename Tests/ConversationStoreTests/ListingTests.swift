import ConversationStore
import Conversations
import Foundation
import GRDB
import TestSupport
import Testing

@Suite("Conversations are listed, newest first")
struct ListingTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func three(in store: ConversationStore) async throws -> [Int64] {
        var ids: [Int64] = []
        for text in ["red apples", "green pears", "blue plums: 100 % ripe_\\"] {
            ids.append(try await store.create(modelName: "m", first: .user(text)).id)
        }
        return ids
    }

    @Test("An empty store lists nothing")
    func empty() async throws {
        let store = try folder.store()
        #expect(try await store.latest() == nil)
        #expect(try await store.conversations().isEmpty)
    }

    @Test("A new message brings its conversation to the front")
    func order() async throws {
        let store = try folder.store()
        let ids = try await three(in: store)
        #expect(try await store.conversations().map(\.id) == [ids[2], ids[1], ids[0]])
        try await store.append(.reply("yes"), to: ids[0])
        #expect(try await store.conversations().map(\.id) == [ids[0], ids[2], ids[1]])
        #expect(try await store.latest()?.id == ids[0])
        #expect(try await store.latest()?.messageCount == 2)
    }

    @Test("The limit holds", arguments: [(Int.min, 0), (0, 0), (1, 1), (2, 2), (3, 3), (Int.max, 3)])
    func limit(asked: Int, got: Int) async throws {
        let store = try folder.store()
        _ = try await three(in: store)
        #expect(try await store.conversations(limit: asked).count == got)
    }

    @Test(
        "A search finds text anywhere in a conversation, wildcards taken literally",
        arguments: [
            ("green", [1]), ("GREEN", [1]), ("e", [1, 2, 0]), ("", [2, 1, 0]), ("%", [2]), ("_", [2]),
            ("\\", [2]),
            ("tart", [0]), ("red green", []), ("s: 100 %", [2]),
        ] as [(String, [Int])])
    func search(text: String, expected: [Int]) async throws {
        let store = try folder.store()
        let ids = try await three(in: store)
        // Twice: a conversation that matches in two messages is listed once.
        for index in [1, 2] { try await store.append(.reply("an e"), to: ids[index]) }
        try await store.append(.reply("pears"), to: ids[1])
        try await store.append(.reply("plums"), to: ids[2])
        if text == "tart" { try await store.append(.reply("sweet, tart"), to: ids[0]) }
        let found = try await store.conversations(containing: text).map(\.id)
        #expect(found == expected.map { ids[$0] })
    }

    @Test("A deleted conversation is gone, comes back within a week, and its number is not used again")
    func deletion() async throws {
        let store = try folder.store()
        let ids = try await three(in: store)
        let gone = StoreError.noSuchConversation(id: ids[2])
        await #expect(throws: gone) { try await store.undelete(ids[2]) }
        try await store.delete(ids[2])
        #expect(try await store.conversations().map(\.id) == [ids[1], ids[0]])
        #expect(try await store.conversations(containing: "plums").isEmpty)
        #expect(try await store.latest()?.id == ids[1])
        #expect(try await store.recentQuestions(limit: 9) == ["green pears", "red apples"])
        await #expect(throws: gone) { try await store.load(ids[2]) }
        await #expect(throws: gone) { try await store.rename(ids[2], to: "a") }
        #expect(try await store.remove(Message.ID(rawValue: 1), from: ids[2]) == .nothing)
        try await store.undelete(ids[2])
        #expect(try await store.conversations().map(\.id) == [ids[2], ids[1], ids[0]])
        #expect(try await store.texts(in: ids[2]) == ["blue plums: 100 % ripe_\\"])

        try await store.delete(ids[2])
        try await store.database.write { db in
            try db.execute(
                sql: "UPDATE conversation SET deletedAt = '2026-01-01' WHERE id = ?", arguments: [ids[2]])
        }
        let later = try folder.store()
        await #expect(throws: gone) { try await later.undelete(ids[2]) }
        let messages = try await store.database.read { db in
            try Int.fetchOne(db, sql: "SELECT count(*) FROM message")
        }
        #expect(messages == 2)
        let next = try await store.create(modelName: "m", first: .user("new")).id
        #expect(!ids.contains(next))
    }

    @Test("A conversation takes another title, and stands above the others while it is pinned")
    func renamedAndPinned() async throws {
        let store = try folder.store()
        let ids = try await three(in: store)
        try await store.rename(ids[0], to: " of\nfruit\u{1B} ")
        try await store.append(.reply("yes"), to: ids[2])
        try await store.pin(ids[0], true)
        let all = try await store.conversations()
        #expect(all.map(\.id) == [ids[0], ids[2], ids[1]] && all.map(\.isPinned) == [true, false, false])
        #expect(all[0].title == "of fruit")
        #expect(try await store.conversations(containing: "fruit").map(\.id) == [ids[0]])
        try await store.pin(ids[0], false)
        #expect(try await store.conversations().map(\.id) == [ids[2], ids[1], ids[0]])
    }

    @Test(
        "Any part of a word is found in any script, in either case, all words in one message",
        arguments: [
            ("ÄPFEL", ["…sind süße Äpfel im Korb"]), ("本語で", ["日本語で話す"]), ("日本", ["日本語で話す"]),
            ("pfel korb", ["…sind süße Äpfel im Korb"]), ("pfel 語で話", []),
            ("\"quoted\" OR", ["a \"quoted\" OR word"]),
            ("im", ["…e Äpfel im Korb"]), ("NEAR(", []), ("*", []), ("nul\0l", []),
        ])
    func scripts(text: String, excerpts: [String]) async throws {
        let store = try folder.store()
        for text in ["Hier sind süße Äpfel im Korb", "日本語で話す", "a \"quoted\" OR word"] {
            _ = try await store.create(modelName: "m", first: .user(text))
        }
        let found = try await store.conversations(containing: text).map { $0.excerpt ?? "" }
        #expect(found.count == excerpts.count)
        for (got, expected) in zip(found, excerpts) { #expect(got.contains(expected.drop { $0 == "…" })) }
    }

    @Test("What was asked is recalled, the newest first, nothing twice")
    func questions() async throws {
        let store = try folder.store()
        let ids = try await three(in: store)
        try await store.append(.reply("no question"), to: ids[0])
        try await store.append(.user("red apples"), to: ids[1])
        try await store.append(.user("a\0b"), to: ids[1])
        #expect(
            try await store.recentQuestions(limit: 4)
                == ["a\0b", "red apples", "blue plums: 100 % ripe_\\", "green pears"])
    }

    @Test("A hundred thousand messages are searched in no time", .timeLimit(.minutes(2)))
    func many() async throws {
        let store = try folder.store()
        _ = try await store.create(modelName: "m", first: .user("a needle"))
        try await store.database.write { db in
            // Sentences of words that are as frequent as those of a language.
            try db.execute(
                sql: """
                    INSERT INTO conversation (title, modelName, createdAt, updatedAt)
                    SELECT 'talk', 'm', '2026-01-01', '2026-01-01' \(Self.numbers(5000))
                    """)
            try db.execute(
                sql: """
                    INSERT INTO message (conversationId, number, parent, role, content, interrupted, createdAt)
                    SELECT 2 + n % 5000, 1 + n / 5000, NULL, 'assistant',
                        'the weather of day ' || n || ' was ' || (n * 7919 % 1009) || ' degrees, and nothing else is told of it'
                        || ' but that the wind came from the ' || (n * 104729 % 360) || 'th degree, as on most days of the year',
                        0, '2026-01-01'
                    \(Self.numbers(100_000))
                    """)
        }
        for (text, count) in [
            ("the", 20), ("needle", 1), ("nothing else wind", 20), ("day 99999", 1), ("ay 4711", 11),
            ("zzz", 0),
        ] {
            #expect(
                (1...20).contains(count) == !(try await store.conversations(containing: text, limit: 20))
                    .isEmpty, "\(text)")
            let search = try #require(TextSearch(text))
            let times = try await store.database.read { db in
                try (0..<3).map { _ in
                    try threadTime { _ = try search.conversations(in: db, limit: 20) }
                }
            }
            #expect(times.min() ?? .zero <= .milliseconds(50), "\(text): \(times)")
        }
    }

    private static func numbers(_ count: Int) -> String {
        "FROM (WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers LIMIT \(count)) SELECT n FROM numbers)"
    }
}
