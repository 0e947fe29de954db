/// Puts the shards of a split model together, and checks that they are one model's.
struct ShardMerger {
    private(set) var paths: [String]
    private(set) var byteCount: Int
    private(set) var metadata: GGUFMetadata
    private(set) var tensors: [GGUFTensor] = []
    /// Where each name stands in `tensors`.
    private(set) var indices: [String: Int] = [:]
    private let others: [ShardName]

    init(first: Shard, path: String) throws(GGUFError) {
        paths = [path]
        byteCount = first.byteCount
        metadata = first.metadata
        others = try Self.others(of: first, path: path)
        try add(first.tensors)
    }

    /// Opens the shards after the first, beside it, and adds their keys and tensors.
    ///
    /// - Throws: `GGUFError` naming the file that is missing, unsound or another model's.
    mutating func addOthers() throws(GGUFError) {
        for name in others {
            let shard: Shard
            do {
                shard = try Shard(path: name.path)
            } catch .unreadable(let path, let reason) {
                throw .unreadable(
                    path: path,
                    reason: "\(reason); the model has \(name.count) files, which must lie side by side"
                )
            }
            let identity = try ShardIdentity(shard.metadata, path: name.path)
            guard identity.number == name.number, identity.count == name.count else {
                throw .mismatchedShards(
                    path: name.path, reason: "it says it is \(identity); fetch all files of one model again"
                )
            }
            paths.append(name.path)
            byteCount += shard.byteCount
            try merge(shard, path: name.path)
            try add(shard.tensors)
        }
        try checkTensorCount()
    }

    private mutating func merge(_ shard: Shard, path: String) throws(GGUFError) {
        for (key, value) in shard.metadata where !GGUFMetadata.shardKeys.contains(key) {
            guard metadata[key].map({ $0 == value }) ?? true else {
                throw .mismatchedShards(
                    path: path,
                    reason: "its key \(key.quoted) contradicts the first file's; "
                        + "fetch all files of one model again"
                )
            }
            metadata[key] = value
        }
    }

    private mutating func add(_ more: [GGUFTensor]) throws(GGUFError) {
        for tensor in more {
            guard indices.updateValue(tensors.count, forKey: tensor.name) == nil else {
                throw .corrupted(
                    path: tensor.file.path, item: "the tensor \(tensor.name.quoted)",
                    reason: "is in an earlier file too"
                )
            }
            tensors.append(tensor)
        }
    }

    private func checkTensorCount() throws(GGUFError) {
        guard let value = metadata[GGUFMetadata.shardTensorsKey] else { return }
        guard Int(gguf: value) == tensors.count else {
            throw .mismatchedShards(
                path: paths[0],
                reason: "the model's files hold \(tensors.count) tensors, not as many as the key "
                    + "'\(GGUFMetadata.shardTensorsKey)' says; fetch all files of one model again"
            )
        }
    }

    /// The names of the shards after the first; none for a model in one file.
    private static func others(of first: Shard, path: String) throws(GGUFError) -> [ShardName] {
        let identity = try ShardIdentity(first.metadata, path: path)
        guard identity.count > 1 else { return [] }
        let name = ShardName(path: path)
        guard identity.number == 1 else {
            let first = name.map { "open \(ShardName(prefix: $0.prefix, number: 1, count: $0.count).path)" }
            throw .mismatchedShards(path: path, reason: "this is \(identity); \(first ?? "open the first")")
        }
        guard let name, name.number == 1, name.count == identity.count else {
            throw .mismatchedShards(
                path: path,
                reason: "this is \(identity) but is not named so; rename it to "
                    + "\(ShardName(prefix: "NAME", number: 1, count: identity.count).path) so that the others "
                    + "can be found"
            )
        }
        return (2...identity.count).map { ShardName(prefix: name.prefix, number: $0, count: identity.count) }
    }
}
