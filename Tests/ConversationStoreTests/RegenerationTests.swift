import ConversationStore
import Testing

@Suite("The last reply is replaced or deleted")
struct RegenerationTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func contents(_ id: Int64, in store: ConversationStore) async throws -> [String] {
        try await store.load(id).messages.map(\.content)
    }

    @Test("Only the last reply is replaced")
    func replacement() async throws {
        let store = try folder.store()
        let id = try await store.create(modelName: "m", first: .user("a")).conversation.id
        for message in [NewMessage.reply("b"), .user("c"), .reply("d")] {
            try await store.append(message, to: id)
        }
        let replaced = try await store.replaceLastReply(in: id, with: .reply("e"))
        #expect(replaced.content == "e")
        #expect(try await contents(id, in: store) == ["a", "b", "c", "e"])
    }

    @Test("Where the user had the last word, the reply is added")
    func firstReply() async throws {
        let store = try folder.store()
        let id = try await store.create(modelName: "m", first: .user("a")).conversation.id
        try await store.replaceLastReply(in: id, with: .reply("b"))
        #expect(try await contents(id, in: store) == ["a", "b"])
    }

    @Test("The old reply stays when the new one is refused")
    func refusedReplacement() async throws {
        let store = try folder.store()
        let id = try await store.create(modelName: "m", first: .user("a")).conversation.id
        try await store.append(.reply("b"), to: id)
        await #expect(throws: StoreError.self) {
            try await store.replaceLastReply(
                in: id, with: NewMessage(role: .assistant, content: "c", capacity: 2))
        }
        #expect(try await contents(id, in: store) == ["a", "b"])
    }

    @Test("A reply is deleted, what the user said is not")
    func deletion() async throws {
        let store = try folder.store()
        let id = try await store.create(modelName: "m", first: .user("a")).conversation.id
        try await store.append(.reply("b"), to: id)
        #expect(try await store.deleteLastReply(in: id))
        #expect(try await contents(id, in: store) == ["a"])
        #expect(try await !store.deleteLastReply(in: id))
        #expect(try await contents(id, in: store) == ["a"])
    }

    @Test("A conversation does not outlive its only message")
    func onlyMessage() async throws {
        let store = try folder.store()
        let id = try await store.create(modelName: "m", first: .reply("Hello.")).conversation.id
        #expect(try await store.deleteLastReply(in: id))
        #expect(try await store.conversations().isEmpty)
    }
}
