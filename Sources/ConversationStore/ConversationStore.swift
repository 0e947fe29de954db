import Foundation
package import GRDB

/// Conversations on disk.
///
/// When a call that writes returns, what it wrote survives the death of the process and of the machine. A call
/// is carried out as a whole or not at all, and goes through even if the task that made it is cancelled. Several
/// stores, in one process or in many, may work on the same folder at once.
public final class ConversationStore: Sendable {
    /// The name of the database file in its folder.
    public static let fileName = "conversations.sqlite"

    /// The path of the database file.
    public let path: String

    /// The copy that is read where the database cannot be written; nil where it is the database itself.
    private let copy: DatabaseCopy?
    /// The store's one connection to the database; calls take turns.
    package let database: DatabaseQueue

    /// Opens the database in a folder, and makes both where they are missing.
    ///
    /// - Parameters:
    ///   - folder: The absolute path of the folder; nil takes `defaultFolder`.
    ///   - patience: How long this and every later call waits for another process to be done with the database.
    /// - Throws: `StoreError` where the folder or file cannot be used; a file that is not the store's is left as
    ///   it is.
    public init(
        folder: String? = nil, patience: Duration = .seconds(5)
    ) throws(StoreError) {
        let folder = if let folder { folder } else { try Self.defaultFolder() }
        copy = nil
        let place = DataFolder(path: folder)
        path = folder + "/" + Self.fileName
        try place.make()
        let lock = try FolderLock(path: folder, patience: patience)
        try place.makeFile(named: Self.fileName)
        do {
            database = try Self.open(path, patience: patience)
        } catch {
            // Of a database that it may not write beside, SQLite says no more than that it cannot open it.
            throw Self.mayWrite(folder) && Self.mayWrite(path)
                ? StoreError(error, path: path) : .readOnly(path: path)
        }
        _ = consume lock
    }

    /// Opens the database in a folder to read it. Where it cannot be written, that is a copy, since SQLite reads no
    /// database with a write-ahead log that it may not write beside: what others keep meanwhile is not seen.
    ///
    /// - Parameter folder: The absolute path of the folder; nil takes `defaultFolder`.
    /// - Throws: `StoreError` where the folder or file cannot be read.
    public static func forReading(folder: String? = nil) throws(StoreError) -> ConversationStore {
        let folder = if let folder { folder } else { try defaultFolder() }
        do {
            return try ConversationStore(folder: folder)
        } catch {
            guard case .readOnly(let path) = error, FileManager.default.fileExists(atPath: path) else {
                throw error
            }
            return try ConversationStore(copying: folder)
        }
    }

    /// Whether the system lets this process write what is at a path, if there is anything.
    private static func mayWrite(_ path: String) -> Bool {
        access(path, W_OK) == 0 || errno == ENOENT
    }

    private init(copying folder: String) throws(StoreError) {
        let copy = try DatabaseCopy(of: folder + "/" + Self.fileName)
        path = folder + "/" + Self.fileName
        do {
            database = try Self.open(copy.path, patience: .seconds(5))
        } catch {
            throw StoreError(error, path: path)
        }
        self.copy = copy
    }

    private static func open(_ path: String, patience: Duration) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "fathom.conversations"
        configuration.busyMode = .timeout(patience / .seconds(1))
        configuration.prepareDatabase { db in
            // FULL: every commit reaches the disk before it is reported. fullfsync asks that of macOS, too,
            // where a plain fsync stops at the drive's cache; elsewhere it does nothing.
            try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON")
            // 256 KB of pages instead of 2 MB: one long message with its trace would fill them all and be kept there.
            try db.execute(sql: "PRAGMA cache_size = -256")
        }
        let database = try DatabaseQueue(path: path, configuration: configuration)
        try database.read { db in try Schema.checkOwner(of: db, path: path) }
        try database.writeWithoutTransaction { db in
            // With a write-ahead log readers never wait for a writer. Where the file system cannot have one,
            // SQLite keeps its rollback journal, which is as durable: hence the answer is not looked at.
            _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
        }
        try database.write(Schema.claim)
        try Schema.migrator.migrate(database)
        try database.write(Schema.purge)
        return database
    }

    /// Runs `body` in a transaction that writes, and returns when what it wrote is on disk.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        // GRDB's own async functions roll back when the task is cancelled, and a reply is often kept just when
        // its task is.
        let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
            database.asyncWrite(body) { _, result in continuation.resume(returning: result) }
        }
        return try value(of: result)
    }

    /// Runs `body` in a transaction that reads.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
            database.asyncRead { db in
                continuation.resume(returning: Result { try body(db.get()) })
            }
        }
        return try value(of: result)
    }

    private func value<Value>(of result: Result<Value, any Error>) throws(StoreError) -> Value {
        do {
            return try result.get()
        } catch {
            throw StoreError(error, path: path)
        }
    }
}
