/// A model file, memory-mapped and checked: what it says of itself, and where its weights lie.
///
///     let file = try GGUFFile(path: "model.gguf")
///     let blocks = try file.int("llama.block_count")
///     let embedding = try file.tensor("token_embd.weight")
///
/// Opening reads the header alone; the weights are paged in when they are touched. The file stays mapped as
/// long as this value or one of its tensors lives.
public struct GGUFFile: Sendable {
    /// The path that was opened; of a split model that of its first shard.
    public let path: String
    /// The paths of the model's files: one, or all shards in order.
    public let shardPaths: [String]
    /// Bytes of all files of the model together.
    public let byteCount: Int
    /// The version of the GGUF format, 2 or 3.
    public let version: Int
    /// The model's keys and values in the order of the file; of a split model those of the first shard, then those that
    /// only later shards have.
    public let metadata: GGUFMetadata
    /// The model's tensors in the order of the file, shard after shard.
    public let tensors: [GGUFTensor]
    private let indices: [String: Int]

    /// Opens the model at `path`; for a split model give the first shard, the others are found beside it.
    ///
    /// - Throws: `GGUFError` naming the file, key or tensor that is unsound.
    public init(path: String) throws(GGUFError) {
        try self.init(first: try Shard(path: path), path: path)
    }

    init(first: Shard, path: String) throws(GGUFError) {
        var merged = try ShardMerger(first: first, path: path)
        try merged.addOthers()
        self.path = path
        shardPaths = merged.paths
        byteCount = merged.byteCount
        version = Int(first.version)
        metadata = merged.metadata
        tensors = merged.tensors
        indices = merged.indices
    }

    /// The tensor named `name`, such as "blk.0.attn_q.weight".
    ///
    /// - Throws: `GGUFError.missingTensor` when there is none.
    public func tensor(_ name: String) throws(GGUFError) -> GGUFTensor {
        guard let tensor = tensorIfPresent(name) else {
            throw .missingTensor(path: path, name: name)
        }
        return tensor
    }

    /// The tensor named `name`; nil when there is none.
    public func tensorIfPresent(_ name: String) -> GGUFTensor? {
        indices[name].map { tensors[$0] }
    }
}
