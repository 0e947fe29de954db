import ConversationStore
import Conversations
import Foundation
import Testing

@Suite("The folder and the file are made with care")
struct FolderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(
        "The default folder follows the XDG Base Directory Specification",
        arguments: [
            (["XDG_DATA_HOME": "/data", "HOME": "/home/a"], "/data/fathom"),
            (["XDG_DATA_HOME": "data", "HOME": "/home/a"], "/home/a/.local/share/fathom"),
            (["XDG_DATA_HOME": "", "HOME": "/home/a"], "/home/a/.local/share/fathom"),
            (["HOME": "/home/a"], "/home/a/.local/share/fathom"),
            (["HOME": "a"], NSHomeDirectory() + "/.local/share/fathom"),
            ([:], NSHomeDirectory() + "/.local/share/fathom"),
        ] as [([String: String], String)])
    func defaultFolder(environment: [String: String], expected: String) throws {
        #expect(try ConversationStore.defaultFolder(environment: environment) == expected)
    }

    @Test("Folders that are missing are made for the user alone, and so are the files")
    func modes() async throws {
        let store = try ConversationStore(folder: folder.path + "/share/fathom")
        _ = try await store.create(modelName: "m", first: .user("a"))
        #expect(try folder.mode(of: folder.path + "/share") == 0o700)
        #expect(try folder.mode(of: folder.path + "/share/fathom") == 0o700)
        for suffix in ["", "-wal", "-shm"] {
            #expect(try folder.mode(of: store.path + suffix) == 0o600)
        }
    }

    @Test("A folder already there keeps its mode")
    func existingFolder() throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
        _ = try folder.store()
        #expect(try folder.mode(of: folder.path) == 0o755)
    }

    @Test("Folders may be reached through links")
    func link() async throws {
        let link = folder.path + "/link"
        try FileManager.default.createDirectory(
            atPath: folder.path + "/real", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.path + "/real")
        _ = try await ConversationStore(folder: link).create(modelName: "m", first: .user("a"))
        #expect(try await ConversationStore(folder: folder.path + "/real").latest()?.title == "a")
    }

    @Test("A file where the folder, or one above it, should be", arguments: ["", "/below"])
    func fileInPlaceOfFolder(below: String) throws {
        let file = folder.path + "/file"
        try Data("precious".utf8).write(to: URL(fileURLWithPath: file))
        let error = storeError { try ConversationStore(folder: file + below) }
        guard case .unusableFolder(file + below, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == Data("precious".utf8))
    }

    @Test("A folder, or a link to nowhere, where the database should be", arguments: [true, false])
    func noFile(isFolder: Bool) throws {
        if isFolder {
            try FileManager.default.createDirectory(
                atPath: folder.database, withIntermediateDirectories: true)
        } else {
            try FileManager.default.createSymbolicLink(
                atPath: folder.database, withDestinationPath: folder.path + "/none/none")
        }
        let error = storeError { try folder.store() }
        guard case .cannotOpen(folder.database, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("A folder that cannot be written", .enabled(if: geteuid() != 0, "root may write everywhere"))
    func unwritableFolder() throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder.path)
        defer {
            try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path)
        }
        #expect(storeError { try folder.store() } == .readOnly(path: folder.database))
        let error = storeError { try ConversationStore(folder: folder.path + "/below") }
        guard case .unusableFolder(folder.path + "/below", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("A database that cannot be written", .enabled(if: geteuid() != 0, "root may write everywhere"))
    func unwritableDatabase() async throws {
        _ = try await folder.store().create(modelName: "m", first: .user("a"))
        try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: folder.database)
        #expect(storeError { try folder.store() } == .readOnly(path: folder.database))
    }
}
