/// A model file, memory-mapped and checked: what it says of itself, and where its weights lie.
///
///     let file = try GGUFFile(path: "model.gguf")
///     let blocks = try file.int("llama.block_count")
///     let embedding = try file.tensor("token_embd.weight")
///
/// Opening reads the header alone; the weights are paged in when they are touched. The file stays mapped as
/// long as this value or one of its tensors lives.
public struct GGUFFile: Sendable {
    /// The path given, that of the first shard of a split model.
    public let path: String
    /// The files of the model: one, or all shards in order.
    public let shardPaths: [String]
    /// The size of all files of the model together.
    public let byteCount: Int
    /// The format's version, 2 or 3.
    public let version: Int
    /// All keys, in order. A split model's are those of the first shard, then any that only later ones have.
    public let metadata: GGUFMetadata
    /// All tensors, in order, shard after shard.
    public let tensors: [GGUFTensor]
    private let indices: [String: Int]

    /// Opens the model at `path`; for a split model give the first shard, the others are found beside it.
    ///
    /// - Throws: `GGUFError` naming the file, key or tensor that is unsound.
    public init(path: String) throws(GGUFError) {
        let first = try Shard(path: path)
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

    /// The tensor of this name.
    ///
    /// - Throws: `GGUFError.missingTensor`.
    public func tensor(_ name: String) throws(GGUFError) -> GGUFTensor {
        guard let tensor = tensorIfPresent(name) else {
            throw .missingTensor(path: path, name: name)
        }
        return tensor
    }

    /// The tensor of this name, nil when there is none.
    public func tensorIfPresent(_ name: String) -> GGUFTensor? {
        indices[name].map { tensors[$0] }
    }
}
