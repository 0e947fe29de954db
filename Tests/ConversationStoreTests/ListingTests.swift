import ConversationStore
import Conversations
import GRDB
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
            ("green", [1]), ("GREEN", [1]), ("e", [2, 1, 0]), ("", [2, 1, 0]), ("%", [2]), ("_", [2]),
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

    @Test("A deleted conversation is gone with its messages, its number is not used again")
    func deletion() async throws {
        let store = try folder.store()
        let ids = try await three(in: store)
        try await store.delete(ids[2])
        #expect(try await store.conversations().map(\.id) == [ids[1], ids[0]])
        let messages = try await store.database.read { db in
            try Int.fetchOne(db, sql: "SELECT count(*) FROM message")
        }
        #expect(messages == 2)
        let next = try await store.create(modelName: "m", first: .user("new")).id
        #expect(!ids.contains(next))
    }
}
