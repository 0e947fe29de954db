import ConversationStore
import Foundation

/// A folder of its own for one test, gone with the value: hold it for as long as a store in it is used.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "fathom-store-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        // A connection that closes meanwhile deletes files of its own, at which the removal stumbles.
        for _ in 0..<10 where FileManager.default.fileExists(atPath: path) {
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    /// Where a store in this folder keeps its database.
    var database: String { path + "/" + ConversationStore.fileName }

    func store(patience: Duration = .seconds(30)) throws -> ConversationStore {
        try ConversationStore(folder: path, patience: patience)
    }

    /// The database as bytes, without opening it as one.
    func bytes() throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: database))
    }

    func put(_ bytes: Data) throws {
        try bytes.write(to: URL(fileURLWithPath: database))
    }

    /// The mode bits of a file in this folder.
    func mode(of path: String) throws -> Int? {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue
    }
}

/// The error that `open` throws, or nil.
func storeError(_ open: () throws -> ConversationStore) -> StoreError? {
    do {
        _ = try open()
        return nil
    } catch {
        return error as? StoreError
    }
}

extension NewMessage {
    static func user(_ content: String) -> NewMessage { NewMessage(role: .user, content: content) }
    static func reply(_ content: String) -> NewMessage { NewMessage(role: .assistant, content: content) }
}
