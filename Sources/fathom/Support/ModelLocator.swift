import ConversationStore
import Foundation
import Settings

/// Finds the model and the texts that come with fathom.
enum ModelLocator {
    /// The path of the model: the one given, else the one that is set, else the model that ships with fathom, else the
    /// one that `make model` made, else one in the user's data folder.
    ///
    /// - Throws: `Failure` where there is none.
    static func model(_ given: String?, _ settings: Settings) throws -> String {
        if let path = given ?? settings.text(.model).map(expanded) { return path }
        for folder in [installed("models"), shipped("assets/models"), shipped(".model")] {
            if let path = folder.flatMap(firstModel) { return path }
        }
        if let path = UserFolders.data.flatMap({ firstModel(in: $0 + "/models") }) { return path }
        throw Failure(.model, "There is no model. Run `make model`, or name one: --model FILE.gguf")
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

    /// The first model in a folder: a single file, or the first shard of several.
    private static func firstModel(in folder: String) -> String? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().first {
            $0.hasSuffix(".gguf") && ($0.contains("-00001-of-") || !$0.contains("-of-"))
        }
        .map { folder + "/" + $0 }
    }
}
