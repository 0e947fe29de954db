import ConversationStore
import Testing

@Suite("The last message can be taken back")
struct LastMessageTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("The newest goes first, whoever's it is, and with the only one the conversation")
    func newestFirst() async throws {
        let store = try folder.store()
        let id = try await store.create(modelName: "m", first: .user("a")).conversation.id
        for message in [NewMessage.reply("b"), .user("c"), .user("d")] {
            try await store.append(message, to: id)
        }
        for left in [["a", "b", "c"], ["a", "b"], ["a"]] {
            #expect(try await store.deleteLastMessage(in: id))
            #expect(try await store.load(id).messages.map(\.content) == left)
        }
        #expect(try await store.deleteLastMessage(in: id))
        #expect(try await store.conversations().isEmpty)
    }

    @Test("Where there is none, that is said and nothing changes")
    func none() async throws {
        let store = try folder.store()
        let kept = try await store.create(modelName: "m", first: .user("a")).conversation
        let gone = try await store.create(modelName: "m", first: .user("b")).conversation.id
        try await store.delete(gone)
        #expect(try await !store.deleteLastMessage(in: gone))
        #expect(try await store.conversations() == [kept])
    }

    @Test("Other conversations keep their messages")
    func others() async throws {
        let store = try folder.store()
        let one = try await store.create(modelName: "m", first: .user("a")).conversation.id
        let other = try await store.create(modelName: "m", first: .user("b")).conversation.id
        try await store.append(.reply("c"), to: one)
        try await store.append(.reply("d"), to: other)
        try await store.deleteLastMessage(in: one)
        #expect(try await store.load(one).messages.map(\.content) == ["a"])
        #expect(try await store.load(other).messages.map(\.content) == ["b", "d"])
    }

    @Test("The title goes with the user's only message, and the next gives a new one")
    func title() async throws {
        let store = try folder.store()
        let id = try await store.create(modelName: "m", first: .reply("Hello.")).conversation.id
        try await store.append(.user("one"), to: id)
        try await store.deleteLastMessage(in: id)
        #expect(try await store.load(id).conversation.title == "")
        try await store.append(.user("two"), to: id)
        #expect(try await store.load(id).conversation.title == "two")
    }
}
