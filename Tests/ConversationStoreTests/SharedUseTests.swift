import ConversationStore
import Foundation
import GRDB
import Testing

@Suite("Several stores work on one folder at once")
struct SharedUseTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("They may all be the first")
    func openedAtOnce() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    _ = try await folder.store().create(modelName: "m", first: .user("\(number)"))
                }
            }
            try await group.waitForAll()
        }
        let titles = try await folder.store().conversations().map(\.title)
        #expect(titles.sorted() == (0..<8).map { "\($0)" })
    }

    @Test("Nothing is lost or torn when they write to the same conversation")
    func writingAtOnce() async throws {
        let id = try await folder.store().create(modelName: "m", first: .user("begin")).conversation.id
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    let store = try folder.store()
                    for turn in 0..<15 { try await store.append(.user("\(writer) \(turn)"), to: id) }
                }
            }
            try await group.waitForAll()
        }
        let messages = try await folder.store().load(id).messages
        #expect(messages.count == 61)
        #expect(zip(messages, messages.dropFirst()).allSatisfy { $0.id < $1.id })
        for writer in 0..<4 {
            let own = messages.map(\.content).filter { $0.hasPrefix("\(writer) ") }
            #expect(own == (0..<15).map { "\(writer) \($0)" })
        }
        let verdict = try await folder.store().database.read { db in
            try String.fetchOne(db, sql: "PRAGMA integrity_check")
        }
        #expect(verdict == "ok")
    }

    @Test("What one keeps, another reads at once")
    func visibility() async throws {
        let (one, other) = (try folder.store(), try folder.store())
        let id = try await one.create(modelName: "m", first: .user("a")).conversation.id
        try await other.append(.reply("b"), to: id)
        #expect(try await one.load(id).messages.map(\.content) == ["a", "b"])
        try await other.delete(id)
        await #expect(throws: StoreError.noSuchConversation(id: id)) {
            try await one.append(.user("c"), to: id)
        }
    }
}
