import Foundation
import GGUF
import MoDModel

/// What a process keeps in memory beside the model's file and the KV cache, in bytes.
package struct ResidentMemory: Sendable, Hashable {
    /// Memory of its own: heap, stacks, buffers, written data.
    package let own: Int
    /// Pages of the program and its libraries, which other processes may share.
    package let program: Int
    /// Tokens in the KV cache.
    package let contextTokens: Int

    /// Adds up the process's mappings, as the kernel lists them. Nil where the system has no such list, as on macOS: no
    /// figure is better than a wrong one.
    ///
    /// - Parameter contextTokens: tokens in the KV cache, which counts as much as they need. What the cache takes
    ///   beyond, by whole pages, is not left out.
    init?(of process: Int32, model: MoDModel, contextTokens: Int) {
        guard let mappings = Machine.systemFile("/proc/\(process)/smaps") else { return nil }
        self.init(
            mappings: mappings,
            files: Set(model.file.shardPaths.map { URL(filePath: $0).resolvingSymlinksInPath().path }),
            cacheBytes: contextTokens * model.configuration.blockCount
                * model.configuration.cacheBytesPerToken,
            contextTokens: contextTokens)
    }

    /// Adds up mappings.
    ///
    /// - Parameters:
    ///   - mappings: the text of smaps in proc(5).
    ///   - files: paths of files whose pages are left out.
    ///   - cacheBytes: what is left out of the process's own memory.
    package init(mappings: String, files: Set<String>, cacheBytes: Int, contextTokens: Int) {
        var (own, program) = (0, 0)
        var isLeftOut = false
        for line in mappings.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            guard let name = words.first else { continue }
            if name.last != ":" {
                // Address, permissions, offset, device, inode and, of a file, its path.
                isLeftOut = words.count == 6 && files.contains(words[5].trimmingCharacters(in: .whitespaces))
            } else if words.count >= 2, let kilobytes = Int(words[1]) {
                switch name {
                case "Rss:" where !isLeftOut: program += kilobytes << 10
                case "Anonymous:": own += kilobytes << 10
                default: break
                }
            }
        }
        self.program = program - own
        self.own = own - cacheBytes
        self.contextTokens = contextTokens
    }
}
