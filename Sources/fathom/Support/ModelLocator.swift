import ConversationStore
import Foundation
import GGUF
import Settings

/// Finds the model and the texts that come with fathom.
enum ModelLocator {
    /// The path of the model: the one given, else the one that is set, else the first there is (`all`).
    ///
    /// - Throws: `Failure` where there is none.
    static func model(_ given: String?, _ settings: Settings) throws -> String {
        if let path = given ?? settings.text(.model).map(expanded) {
            guard !path.isEmpty else {
                throw Failure(.model, "The model's path is empty. Name a file: --model FILE.gguf")
            }
            return path
        }
        if let first = all().first { return first.path }
        throw Failure(.model, "There is no model. Run `make model`, or name one: --model FILE.gguf")
    }

    /// A model that was found, and why it was looked for there.
    struct Found {
        let path: String
        let reason: String
    }

    /// Every model where models are looked for: those that ship with fathom, those that `make model` made, those in the
    /// user's data folder.
    static func all() -> [Found] {
        let folders = [
            (installed("models"), "installed"), (shipped("assets/models"), "comes with fathom"),
            (shipped(".model"), "made by make model"),
            (UserFolders.data.map { $0 + "/models" }, "your own"),
        ]
        return folders.flatMap { folder, reason in
            (folder.map(models(in:)) ?? []).map { Found(path: $0, reason: reason) }
        }
    }

    /// The path of the chats that routers and thresholds are fitted to: the one given, else that of those that come
    /// with fathom.
    ///
    /// - Throws: `Failure` where there are none.
    static func calibrationChats(_ given: String?) throws -> String {
        if let path = given ?? installed("calibration/chats.jsonl")
            ?? shipped("assets/calibration/chats.jsonl")
        {
            return path
        }
        throw Failure(
            .model, "The calibration chats that come with fathom are missing. Name a file: --text FILE.jsonl")
    }

    /// A path with the user's home in place of a leading `~/`: no shell sees what a file has.
    private static func expanded(_ path: String) -> String {
        guard path.hasPrefix("~/"), let home = ConversationStore.homeFolder() else { return path }
        return home + path.dropFirst()
    }

    /// This program's own file.
    static var program: URL {
        Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
    }

    /// A path below the folder for data that `make install` fills, beside that of the executable; nil where there is no
    /// such file.
    private static func installed(_ relative: String) -> String? {
        let prefix = program.resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
        let path = prefix.appendingPathComponent("share/fathom/" + relative).path
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }

    /// A path inside the checkout this program was built in, which is looked for from the executable upwards, so that
    /// it does not matter where the user stands; nil where there is no such file.
    private static func shipped(_ relative: String) -> String? {
        var folder = program.resolvingSymlinksInPath().deletingLastPathComponent()
        while folder.pathComponents.count > 1 {
            let candidate = folder.appendingPathComponent(relative).path
            if FileManager.default.fileExists(atPath: candidate) { return candidate }
            folder.deleteLastPathComponent()
        }
        return nil
    }

    /// The models in a folder, by name: single files, and the first shards of split ones. What other systems leave
    /// beside files, such as `._model.gguf`, begins with a dot.
    private static func models(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().filter { name in
            guard name.hasSuffix(".gguf"), !name.hasPrefix(".") else { return false }
            return ShardName(path: name).map { $0.number == 1 } ?? true
        }
        .map { folder + "/" + $0 }.filter(isFile)
    }

    /// Whether a plain file is at the path, or at the end of links from there.
    private static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}
