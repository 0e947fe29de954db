import ConversationStore
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
        let (conversation, message) = try await store.create(
            modelName: "SmolLM2", systemPrompt: systemPrompt, first: .user("Why is the sky blue?"))

        #expect(conversation.title == "Why is the sky blue?")
        #expect(conversation.modelName == "SmolLM2")
        #expect(conversation.systemPrompt == systemPrompt)
        #expect(conversation.messageCount == 1)
        #expect(conversation.createdAt == conversation.updatedAt)
        #expect(abs(conversation.createdAt.timeIntervalSince(before)) < 60)
        let loaded = try await store.load(conversation.id)
        #expect(loaded.conversation == conversation)
        #expect(loaded.messages == [message])
    }

    @Test("Every field of a message comes back, from a store opened anew")
    func messageFields() async throws {
        let id = try await folder.store().create(modelName: "m", first: .user("a")).conversation.id
        let message = NewMessage(
            role: .assistant, content: "Because …", trace: Data(0...255), capacity: 0.625, interrupted: true)
        let appended = try await folder.store().append(message, to: id)

        #expect(appended.role == .assistant)
        #expect(appended.content == "Because …")
        #expect(appended.trace == Data(0...255))
        #expect(appended.capacity == 0.625)
        #expect(appended.interrupted)
        let messages = try await folder.store().load(id).messages
        #expect(messages.last == appended)
        #expect(messages.first?.trace == nil)
        #expect(messages.first?.capacity == nil)
        #expect(messages.first?.interrupted == false)
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
        let loaded = try await store.load(created.conversation.id)
        // By bytes: Swift's == takes "é" and "e" with an accent for the same.
        #expect(loaded.messages.map { Data($0.content.utf8) } == [Data(content.utf8)])
        #expect(loaded.conversation.modelName.utf8.elementsEqual(content.utf8))
        #expect(loaded.conversation.systemPrompt.map { Data($0.utf8) } == Data(content.utf8))
    }

    @Test("Times are kept to the millisecond, as text in UTC")
    func times() async throws {
        let store = try folder.store()
        let before = Date()
        let id = try await store.create(modelName: "m", first: .user("a")).conversation.id
        let message = try await store.append(.user("b"), to: id)
        let after = Date()
        let times = try await [store.load(id).conversation.updatedAt, message.createdAt]
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
        #expect(try abs(#require(date).timeIntervalSince(message.createdAt)) < 1e-4)
        try await store.database.write { db in
            try db.execute(sql: "UPDATE message SET createdAt = ?", arguments: [before])
        }
        let read = try #require(try await store.load(id).messages.last).createdAt
        #expect(abs(read.timeIntervalSince(before)) < 0.002)
    }

    @Test("An empty trace is not the same as none")
    func emptyTrace() async throws {
        let store = try folder.store()
        let message = NewMessage(role: .user, content: "a", trace: Data())
        let created = try await store.create(modelName: "m", first: message)
        #expect(created.message.trace == Data())
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
        let deleted = try await store.create(modelName: "m", first: .user("a")).conversation.id
        try await store.delete(deleted)
        let missing = StoreError.noSuchConversation(id: deleted)
        await #expect(throws: missing) { try await store.load(deleted) }
        await #expect(throws: missing) { try await store.append(.user("b"), to: deleted) }
        await #expect(throws: missing) { try await store.delete(deleted) }
        #expect(try await store.conversations().isEmpty)
    }
}
