import ConversationStore
import Conversations
import Testing

@Suite("The last message can be taken back")
struct LastMessageTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("The newest goes first, whoever's it is, and with the only one the conversation")
    func newestFirst() async throws {
        let store = try folder.store()
        let id = try await store.create(modelName: "m", first: .user("a")).id
        for message in [NewMessage.reply("b"), .user("c"), .user("d")] {
            try await store.append(message, to: id)
        }
        for left in [["a", "b", "c"], ["a", "b"], ["a"]] {
            #expect(try await store.removeLast(in: id))
            #expect(try await store.texts(in: id) == left)
        }
        #expect(try await store.removeLast(in: id))
        #expect(try await store.conversations().isEmpty)
    }

    @Test("Where there is none, that is said and nothing changes")
    func none() async throws {
        let store = try folder.store()
        let kept = try await store.create(modelName: "m", first: .user("a"))
        let gone = try await store.create(modelName: "m", first: .user("b")).id
        try await store.delete(gone)
        #expect(try await !store.removeLast(in: gone))
        #expect(try await store.conversations() == [kept])
    }

    @Test("Other conversations keep their messages")
    func others() async throws {
        let store = try folder.store()
        let one = try await store.create(modelName: "m", first: .user("a")).id
        let other = try await store.create(modelName: "m", first: .user("b")).id
        try await store.append(.reply("c"), to: one)
        try await store.append(.reply("d"), to: other)
        try await store.removeLast(in: one)
        #expect(try await store.texts(in: one) == ["a"])
        #expect(try await store.texts(in: other) == ["b", "d"])
    }

    @Test("The title goes with the user's only message, and the next gives a new one")
    func title() async throws {
        let store = try folder.store()
        let id = try await store.create(modelName: "m", first: .reply("Hello.")).id
        try await store.append(.user("one"), to: id)
        try await store.removeLast(in: id)
        #expect(try await store.load(id).stored.title == "")
        try await store.append(.user("two"), to: id)
        #expect(try await store.load(id).stored.title == "two")
    }
}
