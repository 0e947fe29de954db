import Foundation
import GGUF
import MoDModel

/// What a process keeps in memory beside the model's file and the KV cache, in bytes.
struct ResidentMemory {
    /// Memory of its own: heap, stacks, buffers, written data.
    let own: Int
    /// Pages of the program and its libraries, which other processes may share.
    let program: Int
    /// Tokens in the KV cache.
    let contextTokens: Int

    /// Adds up the process's mappings, as the kernel lists them. Nil where the system has no such list, as on macOS: no
    /// figure is better than a wrong one.
    ///
    /// - Parameters:
    ///   - contextTokens: tokens in the KV cache, which counts as much as they need. What the cache takes beyond, by whole
    ///     pages, is not left out.
    init?(of process: Int32, model: MoDModel, contextTokens: Int) {
        guard let list = Machine.systemFile("/proc/\(process)/smaps") else { return nil }
        let shards = Set(model.file.shardPaths.map { URL(filePath: $0).resolvingSymlinksInPath().path })
        var (own, program) = (0, 0)
        var isModel = false
        for line in list.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            if words[0].last != ":" {
                // Address, permissions, offset, device, inode and, of a file, its path.
                isModel = words.count == 6 && shards.contains(words[5].trimmingCharacters(in: .whitespaces))
            } else if words.count >= 2, let kilobytes = Int(words[1]) {
                switch words[0] {
                case "Rss:" where !isModel: program += kilobytes << 10
                case "Anonymous:": own += kilobytes << 10
                default: break
                }
            }
        }
        let cache = contextTokens * model.configuration.blockCount * model.configuration.cacheBytesPerToken
        self.program = program - own
        self.own = own - cache
        self.contextTokens = contextTokens
    }
}
