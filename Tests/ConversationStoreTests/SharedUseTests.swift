import ConversationStore
import Conversations
import Foundation
import GRDB
import Testing

@Suite("Several stores work on one folder at once")
struct SharedUseTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("They may all be the first", arguments: 1...20)
    func openedAtOnce(round: Int) async throws {
        let count = 8
        let gate = DispatchSemaphore(value: 0)
        let opened = AsyncStream<Result<ConversationStore, any Error>> { continuation in
            // Threads of their own: the pool of Swift's tasks would open them one or two at a time.
            for _ in 0..<count {
                Thread.detachNewThread {
                    gate.wait()
                    continuation.yield(Result { try folder.store() })
                }
            }
            for _ in 0..<count { gate.signal() }
        }
        for await result in opened.prefix(count) {
            _ = try await result.get().create(modelName: "m", first: .user("a"))
        }
        #expect(try await folder.store().conversations().count == count)
    }

    @Test("Nothing is lost or torn when they write to the same conversation")
    func writingAtOnce() async throws {
        let id = try await folder.store().create(modelName: "m", first: .user("begin")).id
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    let store = try folder.store()
                    for turn in 0..<15 { try await store.append(.user("\(writer) \(turn)"), to: id) }
                }
            }
            try await group.waitForAll()
        }
        let messages = try await folder.store().load(id).conversation.messages
        #expect(messages.count == 61)
        #expect(zip(messages, messages.dropFirst()).allSatisfy { $0.id < $1.id })
        for writer in 0..<4 {
            let own = messages.map(\.text).filter { $0.hasPrefix("\(writer) ") }
            #expect(own == (0..<15).map { "\(writer) \($0)" })
        }
        let verdict = try await folder.store().database.read { db in
            try String.fetchOne(db, sql: "PRAGMA integrity_check")
        }
        #expect(verdict == "ok")
    }

    @Test("A number is given once: who comes second is told, and nothing changes")
    func numberTaken() async throws {
        let (one, other) = (try folder.store(), try folder.store())
        let id = try await one.create(modelName: "m", first: .user("a")).id
        var (mine, theirs) = (try await one.load(id).conversation, try await other.load(id).conversation)
        try await one.append(mine.append(.assistant, "mine", date: .now), to: id)
        let late = theirs.append(.assistant, "theirs", date: .now)
        await #expect(throws: StoreError.changedElsewhere(conversation: id)) {
            try await other.append(late, to: id)
        }
        #expect(try await one.texts(in: id) == ["a", "mine"])
        // A later number and another's head are no way round it, nor is a parent that is gone.
        theirs.remove(late.id)
        mine.remove(Message.ID(rawValue: 2))
        let gap = mine.append(.assistant, "gap", date: .now)
        try await one.append(gap, to: id)
        let last = Message.ID(rawValue: 2)
        await #expect(throws: StoreError.changedElsewhere(conversation: id)) {
            try await other.moveHead(of: id, to: nil, knowing: last)
        }
        #expect(try await one.load(id).conversation.head?.id == gap.id)
        try await one.remove(gap.id, from: id)
        let orphan = Message(id: Message.ID(rawValue: 9), parent: gap.id, role: .user, text: "x", date: .now)
        await #expect(throws: StoreError.changedElsewhere(conversation: id)) {
            try await other.append(orphan, to: id)
        }
    }

    @Test("What one keeps, another reads at once")
    func visibility() async throws {
        let (one, other) = (try folder.store(), try folder.store())
        let id = try await one.create(modelName: "m", first: .user("a")).id
        try await other.append(.reply("b"), to: id)
        #expect(try await one.texts(in: id) == ["a", "b"])
        try await other.delete(id)
        await #expect(throws: StoreError.noSuchConversation(id: id)) {
            try await one.append(.user("c"), to: id)
        }
    }
}
