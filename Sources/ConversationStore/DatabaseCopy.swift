import Foundation

/// A copy of a database for the user's eyes only, gone with this object.
final class DatabaseCopy: Sendable {
    private let folder: String

    /// The path of the copy.
    var path: String { folder + "/" + ConversationStore.fileName }

    /// Copies the database at a path, with what of it is still in its write-ahead log.
    ///
    /// - Throws: `StoreError.cannotOpen` where there is none that can be read, or no room for a copy.
    init(of original: String) throws(StoreError) {
        folder = NSTemporaryDirectory() + "/fathom-" + UUID().uuidString
        let files = FileManager.default
        do {
            try files.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try files.copyItem(atPath: original, toPath: folder + "/" + ConversationStore.fileName)
            if files.fileExists(atPath: original + "-wal") {
                try files.copyItem(
                    atPath: original + "-wal", toPath: folder + "/" + ConversationStore.fileName + "-wal")
            }
            // A copy has the mode of its original, which nobody may write.
            for file in try files.contentsOfDirectory(atPath: folder) {
                try files.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder + "/" + file)
            }
        } catch {
            try? files.removeItem(atPath: folder)
            throw .cannotOpen(path: original, reason: DataFolder.words(for: error))
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }
}
