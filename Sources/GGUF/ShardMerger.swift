/// Puts the shards of a split model together, checking that they belong together.
struct ShardMerger {
    private(set) var paths: [String]
    private(set) var metadata: GGUFMetadata
    private(set) var tensors: [GGUFTensor] = []
    /// Where each name stands in `tensors`.
    private(set) var indices: [String: Int] = [:]
    private let others: [ShardName]

    init(first: Shard, path: String) throws(GGUFError) {
        paths = [path]
        metadata = first.metadata
        others = try Self.others(of: first, path: path)
        try add(first.tensors)
    }

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
            try merge(shard, path: name.path)
            paths.append(name.path)
            let identity = try Self.identity(of: shard.metadata, path: name.path)
            guard identity.number == name.number - 1, identity.count == name.count else {
                throw .mismatchedShards(
                    path: name.path,
                    reason:
                        "says it is file \(identity.number + 1) of \(identity.count); fetch the model again"
                )
            }
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
        guard Int(value) == tensors.count else {
            throw .mismatchedShards(
                path: paths[0],
                reason: "the model's files hold \(tensors.count) tensors, not as many as the key "
                    + "'\(GGUFMetadata.shardTensorsKey)' says; fetch all files of one model again"
            )
        }
    }

    /// The names of the shards after the first; none for a model in one file.
    private static func others(of first: Shard, path: String) throws(GGUFError) -> [ShardName] {
        let (number, count) = try identity(of: first.metadata, path: path)
        guard count > 1 else { return [] }
        let name = ShardName(path: path)
        guard number == 0 else {
            let first = name.map { ShardName(prefix: $0.prefix, number: 1, count: $0.count).path }
            throw .mismatchedShards(
                path: path,
                reason: "this is file \(number + 1) of \(count); open the first one"
                    + (first.map { ", \($0)" } ?? "")
            )
        }
        guard let name, name.number == 1, name.count == count else {
            throw .mismatchedShards(
                path: path,
                reason: "this is the first of \(count) files but is not named so; rename it to "
                    + "NAME-00001-of-… so that the others can be found"
            )
        }
        return (2...count).map { ShardName(prefix: name.prefix, number: $0, count: count) }
    }

    private static func identity(
        of metadata: GGUFMetadata, path: String
    ) throws(GGUFError) -> (number: Int, count: Int) {
        func number(_ key: String, otherwise: Int) throws(GGUFError) -> Int {
            guard let value = metadata[key] else { return otherwise }
            guard let number = UInt16(value) else {
                throw .corrupted(
                    path: path, item: "the key '\(key)'", reason: "should be a number within 0…65535")
            }
            return Int(number)
        }
        return (
            try number(GGUFMetadata.shardNumberKey, otherwise: 0),
            try number(GGUFMetadata.shardCountKey, otherwise: 1)
        )
    }
}
