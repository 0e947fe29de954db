import ConversationStore
import Conversations
import Foundation
import GRDB
import Testing

@Suite("What a call has returned survives")
struct DurabilityTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("the death of the process, at any moment")
    func killedProcess() async throws {
        // The child finds the folder by its parent's number.
        let folder = NSTemporaryDirectory() + "fathom-killed-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: folder) }

        await #expect(processExitsWith: .signal(SIGKILL)) {
            let folder = NSTemporaryDirectory() + "fathom-killed-\(getppid())"
            let store = try ConversationStore(folder: folder)
            let id = try await store.create(modelName: "m", first: .user("0")).id
            for turn in 1...20 { try await store.append(.user("\(turn)"), to: id) }
            // One more is under way, finished or not.
            Task { try await store.append(.user("21"), to: id) }
            kill(getpid(), SIGKILL)
        }

        let store = try ConversationStore(folder: folder)
        let latest = try #require(try await store.latest())
        let contents = try await store.texts(in: latest.id)
        #expect(contents.prefix(21) == (0...20).map { "\($0)" }[...])
        #expect(contents.dropFirst(21).allSatisfy { $0 == "21" })
    }

    @Test("with the files as they are while the store is open")
    func openFiles() async throws {
        let store = try folder.store()
        let id = try await store.create(modelName: "m", first: .user("0")).id
        for turn in 1...5 {
            try await store.append(.user("\(turn)"), to: id)
            let copy = try TemporaryFolder()
            defer { withExtendedLifetime(copy) {} }
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(
                    atPath: folder.database + suffix, toPath: copy.database + suffix)
            }
            let contents = try await copy.store().texts(in: id)
            #expect(contents == (0...turn).map { "\($0)" })
        }
    }

    @Test("because every commit is synchronised to the disk, in a write-ahead log")
    func pragmas() async throws {
        let store = try folder.store()
        let (synchronous, journal) = try await store.database.read { db in
            try (Int.fetchOne(db, sql: "PRAGMA synchronous"), String.fetchOne(db, sql: "PRAGMA journal_mode"))
        }
        #expect(synchronous == 2)
        #expect(journal == "wal")
    }

    @Test("the cancellation of the task that made it")
    func cancelledTask() async throws {
        let store = try folder.store()
        let id = try await store.create(modelName: "m", first: .user("0")).id
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await store.append(.reply("stopped"), to: id)
        }
        #expect(try await task.value.text == "stopped")
        #expect(try await store.load(id).conversation.messages.count == 2)
    }
}
