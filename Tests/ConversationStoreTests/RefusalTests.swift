import ConversationStore
import Conversations
import Foundation
import GRDB
import Testing

@Suite("A database that cannot be used is refused with words and left as it is")
struct RefusalTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A sound database with enough in it for many pages, closed; returns the number of its conversation.
    private func makeDatabase() async throws -> Int64 {
        let store = try folder.store()
        let id = try await store.create(modelName: "m", first: .user("0")).id
        for _ in 1...20 { try await store.append(.user(String(repeating: "text ", count: 500)), to: id) }
        try store.database.close()
        return id
    }

    @Test("A file that is no database", arguments: [2, 15, 16, 99, 100, 511, 512, 4096, 100_000])
    func noDatabase(size: Int) throws {
        let bytes = Data((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) })
        try folder.put(bytes)
        let error = storeError { try folder.store() }
        guard case .damaged(folder.database, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try folder.bytes() == bytes)
    }

    @Test("An empty file becomes a database, as no one loses anything")
    func emptyFile() async throws {
        try folder.put(Data())
        #expect(try await folder.store().conversations().isEmpty)
    }

    @Test("A database cut short", arguments: [17, 100, 1000, 4096, 5000, 8192, 20_000])
    func truncated(size: Int) async throws {
        let id = try await makeDatabase()
        let whole = try folder.bytes()
        try #require(whole.count > size)
        try folder.put(whole.prefix(size))
        // Where the cut spares the schema it shows when the messages are read.
        await #expect {
            _ = try await folder.store().load(id)
        } throws: { error in
            guard case .damaged(folder.database, _) = error as? StoreError else { return false }
            return true
        }
        #expect(try folder.bytes() == whole.prefix(size))
    }

    @Test("Any one page overwritten: an error or the truth, never a crash")
    func damagedPages() async throws {
        let id = try await makeDatabase()
        let whole = try folder.bytes()
        let messages = try await folder.store().load(id).conversation.messages
        for page in 0..<(whole.count / 4096) {
            for fill: UInt8 in [0, 0xFF] {
                var bytes = whole
                bytes.replaceSubrange(page * 4096..<(page + 1) * 4096, with: repeatElement(fill, count: 4096))
                let damaged = try TemporaryFolder()
                defer { withExtendedLifetime(damaged) {} }
                try damaged.put(bytes)
                do {
                    let read = try await damaged.store().load(id).conversation.messages
                    #expect(read.count <= messages.count)
                } catch {
                    #expect(error is StoreError)
                }
            }
        }
    }

    @Test(
        "A database of another program",
        arguments: ["", "PRAGMA application_id = 7", "PRAGMA journal_mode = WAL"])
    func foreign(pragma: String) throws {
        let other = try DatabaseQueue(path: folder.database)
        try other.writeWithoutTransaction { db in
            try db.execute(sql: "CREATE TABLE conversation (id INTEGER); \(pragma)")
        }
        try other.close()
        let bytes = try folder.bytes()
        #expect(storeError { try folder.store() } == .foreign(path: folder.database))
        #expect(try folder.bytes() == bytes)
    }

    @Test("A database of a newer fathom")
    func newer() async throws {
        let store = try folder.store()
        try await store.database.write { db in
            try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('3: what is yet to come')")
        }
        try store.database.close()
        let bytes = try folder.bytes()
        #expect(storeError { try folder.store() } == .newer(path: folder.database))
        #expect(try folder.bytes() == bytes)
    }

    @Test("A database that another program keeps locked")
    func locked() async throws {
        let id = try await folder.store().create(modelName: "m", first: .user("a")).id
        let impatient = try folder.store(patience: .milliseconds(50))
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: folder.database, configuration: configuration)
        try other.inDatabase { db in try db.execute(sql: "BEGIN IMMEDIATE") }
        let locked = StoreError.locked(path: folder.database)
        await #expect(throws: locked) { try await impatient.append(.reply("b"), to: id) }
        #expect(storeError { try folder.store(patience: .milliseconds(50)) } == locked)
        #expect(try await impatient.load(id).conversation.messages.count == 1, "reading needs no lock")
        try other.inDatabase { db in try db.execute(sql: "ROLLBACK") }
        try await impatient.append(.reply("b"), to: id)
    }

    @Test("A role that the schema does not know cannot be written, even from outside")
    func foreignRole() async throws {
        let store = try folder.store()
        let id = try await store.create(modelName: "m", first: .user("a")).id
        await #expect(throws: DatabaseError.self) {
            try await store.database.write { db in
                try db.execute(
                    sql: "UPDATE message SET role = 'tool' WHERE conversationId = ?", arguments: [id])
            }
        }
        try await store.database.write { db in
            try db.execute(sql: "PRAGMA ignore_check_constraints = ON; UPDATE message SET role = 'tool'")
        }
        await #expect(throws: StoreError.damaged(path: store.path, reason: "a message has an unknown role")) {
            try await store.load(id)
        }
    }
}
