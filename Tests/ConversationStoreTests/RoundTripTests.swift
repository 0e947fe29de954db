import ConversationStore
import Conversations
import Foundation
import GRDB
import Testing

@Suite("What is kept is what was given")
struct RoundTripTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("A conversation is created with its first message", arguments: [nil, "", "Be brief."])
    func creation(systemPrompt: String?) async throws {
        let store = try folder.store()
        let before = Date()
        let conversation = try await store.create(
            modelName: "SmolLM2", systemPrompt: systemPrompt, first: .user("Why is the sky blue?"))

        #expect(conversation.title == "Why is the sky blue?")
        #expect(conversation.modelName == "SmolLM2")
        #expect(conversation.systemPrompt == systemPrompt)
        #expect(conversation.messageCount == 1)
        #expect(conversation.createdAt == conversation.updatedAt)
        #expect(abs(conversation.createdAt.timeIntervalSince(before)) < 60)
        let loaded = try await store.load(conversation.id)
        #expect(loaded.stored == conversation)
        #expect(loaded.conversation.systemPrompt == systemPrompt)
        #expect(loaded.conversation.messages.map(\.text) == ["Why is the sky blue?"])
        #expect(loaded.conversation.messages.map(\.id.rawValue) == [1])
    }

    @Test("Every field of a message comes back, from a store opened anew")
    func messageFields() async throws {
        let id = try await folder.store().create(modelName: "m", first: .user("a")).id
        let message = NewMessage(
            role: .assistant, content: "Because …", trace: Data(0...255), capacity: 0.625, interrupted: true)
        let appended = try await folder.store().append(message, to: id)

        let messages = try await folder.store().load(id).conversation.messages
        let last = try #require(messages.last)
        #expect(last.id == appended.id && last.parent == messages.first?.id)
        #expect(last.role == .assistant && last.text == "Because …")
        #expect(last.capacity == 0.625 && last.isInterrupted)
        #expect(last.trace == nil, "traces are asked for one by one")
        #expect(try await folder.store().trace(of: last.id, in: id) == Data(0...255))
        let first = try #require(messages.first)
        #expect(first.capacity == nil && !first.isInterrupted && first.parent == nil)
        #expect(try await folder.store().trace(of: first.id, in: id) == nil)
        #expect(try await folder.store().trace(of: Message.ID(rawValue: 9), in: id) == nil)
    }

    @Test("How a reply was drawn comes back")
    func sampling() async throws {
        let store = try folder.store()
        var conversation = Conversation()
        conversation.append(.user, "a", date: .now)
        let reply = conversation.append(.assistant, "b", date: .now)
        let options = SamplingOptions(temperature: 0.3, seed: .max, maximumTokens: 7)
        conversation.change(reply.id) { $0.sampling = options }
        let id = try await store.create(conversation, modelName: "m").id
        #expect(try await store.load(id).conversation.head?.sampling == options)
        try await store.database.write { db in
            try db.execute(sql: "UPDATE message SET sampling = '{}' WHERE number = 2")
        }
        #expect(try await store.load(id).conversation.head?.sampling == nil, "of another version")
    }

    @Test("A tree comes back with its branch")
    func tree() async throws {
        let store = try folder.store()
        var conversation = Conversation()
        let question = conversation.append(.user, "a", date: .now)
        conversation.append(.assistant, "b", date: .now)
        let id = try await store.create(conversation, modelName: "m").id
        conversation.moveHead(to: question.id)
        let other = conversation.append(.assistant, "c", date: .now)
        try await store.append(other, to: id)
        var back = try await store.load(id).conversation
        #expect(back.branch.map(\.text) == ["a", "c"] && back.messages.map(\.text) == ["a", "b", "c"])
        try await store.moveHead(of: id, to: Message.ID(rawValue: 2), knowing: Message.ID(rawValue: 3))
        back = try await store.load(id).conversation
        #expect(back.branch.map(\.text) == ["a", "b"])
        #expect(back.messages.map(\.parent?.rawValue) == [nil, 1, 1])
        // The other branch goes with what it hangs on, and the head with its branch.
        #expect(try await store.remove(Message.ID(rawValue: 2), from: id) == .message)
        back = try await store.load(id).conversation
        #expect(back.branch.map(\.text) == ["a"] && back.messages.map(\.text) == ["a", "c"])
        try await store.moveHead(of: id, to: nil, knowing: Message.ID(rawValue: 3))
        #expect(try await store.load(id).conversation.isEmpty, "it begins anew")
        #expect(try await store.remove(question.id, from: id) == .conversation)
        #expect(try await store.remove(question.id, from: id) == .nothing)
        #expect(try await store.conversations().isEmpty)
    }

    @Test("A copy has the original's traces, and leaves it alone")
    func copy() async throws {
        let store = try folder.store()
        var conversation = Conversation(systemPrompt: "s")
        let first = NewMessage(role: .user, content: "a", trace: Data([1, 2]))
        _ = first.added(to: &conversation)
        let original = try await store.create(conversation, modelName: "m").id
        var copied = try await store.load(original).conversation
        // Meanwhile the original has a message of that number, too.
        try await store.append(NewMessage(role: .assistant, content: "other", trace: Data([9])), to: original)
        _ = NewMessage(role: .assistant, content: "b").added(to: &copied)
        let copy = try await store.create(
            copied, modelName: "m", copyOf: (original, before: Message.ID(rawValue: 2))
        ).id
        #expect(try await store.texts(in: copy) == ["a", "b"])
        #expect(try await store.texts(in: original) == ["a", "other"])
        #expect(try await store.trace(of: Message.ID(rawValue: 1), in: copy) == Data([1, 2]))
        #expect(try await store.trace(of: Message.ID(rawValue: 2), in: copy) == nil, "that is the other's")
    }

    @Test(
        "Text comes back to the byte",
        arguments: [
            "", " ", "\n\n", "one\0two\0", "\0", "'; DROP TABLE message; --", "e\u{301}", "é", "👩‍👩‍👧‍👦",
            "\u{FEFF}bom",
            "\u{1B}[31mred", "\r\n", String(repeating: "日本語", count: 100_000),
        ])
    func text(_ content: String) async throws {
        let store = try folder.store()
        let created = try await store.create(modelName: content, systemPrompt: content, first: .user(content))
        let loaded = try await store.load(created.id)
        // By bytes: Swift's == takes "é" and "e" with an accent for the same.
        #expect(loaded.conversation.messages.map { Data($0.text.utf8) } == [Data(content.utf8)])
        #expect(loaded.stored.modelName.utf8.elementsEqual(content.utf8))
        #expect(loaded.conversation.systemPrompt.map { Data($0.utf8) } == Data(content.utf8))
    }

    @Test("Times are kept to the millisecond, as text in UTC")
    func times() async throws {
        let store = try folder.store()
        let before = Date()
        let id = try await store.create(modelName: "m", first: .user("a")).id
        try await store.append(.user("b"), to: id)
        let message = try #require(try await store.load(id).conversation.messages.last)
        let after = Date()
        let times = try await [store.load(id).stored.updatedAt, message.date]
        for time in times {
            #expect(before.addingTimeInterval(-0.002) <= time && time <= after.addingTimeInterval(0.001))
            let milliseconds = time.timeIntervalSince1970 * 1000
            #expect(abs(milliseconds - milliseconds.rounded()) < 0.01)
        }
        // As GRDB writes and reads dates.
        let (text, date) = try await store.database.read { db in
            let sql = "SELECT createdAt FROM message ORDER BY id DESC"
            return (try String.fetchOne(db, sql: sql), try Date.fetchOne(db, sql: sql))
        }
        #expect(text?.wholeMatch(of: /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}/) != nil)
        #expect(try abs(#require(date).timeIntervalSince(message.date)) < 1e-4)
        try await store.database.write { db in
            try db.execute(sql: "UPDATE message SET createdAt = ?", arguments: [before])
        }
        let read = try #require(try await store.load(id).conversation.messages.last).date
        #expect(abs(read.timeIntervalSince(before)) < 0.002)
    }

    @Test("An empty trace is not the same as none")
    func emptyTrace() async throws {
        let store = try folder.store()
        let message = NewMessage(role: .user, content: "a", trace: Data())
        let created = try await store.create(modelName: "m", first: message)
        #expect(try await store.trace(of: Message.ID(rawValue: 1), in: created.id) == Data())
    }

    @Test("A capacity outside 0…1 is refused and nothing is kept", arguments: [-0.1, 1.1, .infinity])
    func badCapacity(_ capacity: Double) async throws {
        let store = try folder.store()
        await #expect(throws: StoreError.self) {
            try await store.create(
                modelName: "m", first: NewMessage(role: .user, content: "a", capacity: capacity))
        }
        #expect(try await store.conversations().isEmpty)
    }

    @Test("Calls on a conversation that is not there say so and change nothing")
    func missingConversation() async throws {
        let store = try folder.store()
        let deleted = try await store.create(modelName: "m", first: .user("a")).id
        try await store.delete(deleted)
        let missing = StoreError.noSuchConversation(id: deleted)
        await #expect(throws: missing) { try await store.load(deleted) }
        await #expect(throws: missing) { try await store.append(.user("b"), to: deleted) }
        await #expect(throws: missing) { try await store.delete(deleted) }
        #expect(try await store.conversations().isEmpty)
    }
}
