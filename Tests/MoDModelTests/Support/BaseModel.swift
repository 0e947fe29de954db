import Foundation

/// The real model, where there is one: what FATHOM_TEST_MODEL names, or the first in assets/models or .model.
enum BaseModel {
    static let path: String? = {
        if let named = ProcessInfo.processInfo.environment["FATHOM_TEST_MODEL"], !named.isEmpty {
            return named
        }
        let repository = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent()
        }
        return ["assets/models", ".model"].lazy.compactMap { firstModel(in: repository.appending(path: $0)) }
            .first
    }()

    /// Of a split model the first shard, which stands for all of it.
    private static func firstModel(in folder: URL) -> String? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let first = names.sorted().first {
            $0.hasSuffix(".gguf") && !$0.hasPrefix(".") && (!$0.contains("-of-") || $0.contains("-00001-of-"))
        }
        return first.map { folder.appending(path: $0).path }
    }
}
