/// Collects metadata and tensors and writes them as a GGUF v3 model.
///
///     var writer = GGUFWriter(metadata: ["general.architecture": .string("llama")])
///     try writer.add(name: "output_norm.weight", shape: [576], floats: norm)
///     try writer.write(to: "model.gguf", shardLimit: 50_000_000)
///
/// A tensor's bytes are asked for only when it is written, one tensor at a time, so that a model need not be in
/// memory twice. `general.alignment` in the metadata is obeyed; the `split.…` keys are the writer's own.
public struct GGUFWriter {
    /// Makes a tensor's bytes: fills a buffer as long as the stored tensor, which is all zeros at first.
    public typealias Fill = (UnsafeMutableRawBufferPointer) throws(GGUFError) -> Void

    /// The metadata to write, in order. The writer sets the `split.…` keys itself.
    public var metadata: GGUFMetadata
    private var tensors: [TensorSource] = []
    private var names: Set<String> = []

    /// Creates a writer with no tensors yet.
    public init(metadata: GGUFMetadata = [:]) {
        self.metadata = metadata
    }

    /// Adds a tensor whose bytes are made when the model is written.
    ///
    /// - Parameters:
    ///   - shape: the length of each dimension, the contiguous one first.
    ///   - fill: makes the bytes in the format of `type`; an error it throws ends the writing.
    /// - Throws: `GGUFError.invalidTensor` when the name is taken or the shape does not suit the type.
    public mutating func add(
        name: String, shape: [Int], type: GGMLType, fill: @escaping Fill
    ) throws(GGUFError) {
        let layout = try Self.layout(name: name, shape: shape, type: type)
        try insert(TensorSource(layout: layout, content: .made(fill)))
    }

    /// Adds a tensor of an open file as it is; the file stays mapped until the writer goes.
    ///
    /// - Throws: `GGUFError.invalidTensor` when the name is taken.
    public mutating func add(_ tensor: GGUFTensor) throws(GGUFError) {
        try insert(TensorSource(layout: tensor.layout, content: .mapped(tensor)))
    }

    static func layout(name: String, shape: [Int], type: GGMLType) throws(GGUFError) -> TensorLayout {
        do {
            return try TensorLayout(name: name, shape: shape, type: type)
        } catch {
            throw .invalidTensor(name: name, reason: error.reason)
        }
    }

    private mutating func insert(_ source: TensorSource) throws(GGUFError) {
        guard names.insert(source.layout.name).inserted else {
            throw .invalidTensor(name: source.layout.name, reason: "there is one of this name already")
        }
        tensors.append(source)
    }

    /// Checks that a model can be written to `path`, for those who have long work to do before they write it.
    ///
    /// - Throws: `GGUFError.unwritable` when no file can be made beside `path`, or what is there is no plain file.
    public static func checkWritable(at path: String) throws(GGUFError) {
        _ = try TemporaryFile(for: path)
    }

    /// Writes the model to `path`, or, when it is larger than `shardLimit` bytes, to files of at most so many bytes
    /// beside it, named NAME-00001-of-0000N.gguf.
    ///
    /// The files appear whole under their names or not at all. A file that is being read may be replaced.
    ///
    /// - Returns: The paths written; the first is the one to open.
    /// - Throws: `GGUFError.unwritable` when a file cannot be written, `.invalidKey` or `.invalidTensor` for what
    ///   cannot be stored, and what the maker of a tensor's bytes throws.
    @discardableResult
    public func write(to path: String, shardLimit: Int? = nil) throws(GGUFError) -> [String] {
        try checkKeys()
        let plans = try ShardPlan.plans(for: tensors, metadata: metadata, limit: shardLimit)
        let paths = Self.paths(path, count: plans.count)
        var files: [TemporaryFile] = []
        for (plan, path) in zip(plans, paths) {
            let file = try TemporaryFile(for: path)
            try plan.write(to: file)
            try file.finish()
            files.append(file)
        }
        // The first shard last: without it the others are not a model, so a crash in between leaves none.
        if files.count > 1 { files[0].removeDestination() }
        for file in files.reversed() {
            try file.move()
        }
        return paths
    }

    /// Writes the model to a file beside `path` that has no name, and opens it: it is gone when nobody reads it any
    /// more, however the process ends.
    ///
    /// - Throws: what `write` throws.
    public func draft(beside path: String) throws(GGUFError) -> GGUFFile {
        try checkKeys()
        let file = try TemporaryFile(for: path)
        file.remove()
        for plan in try ShardPlan.plans(for: tensors, metadata: metadata, limit: nil) {
            try plan.write(to: file)
        }
        return try GGUFFile(first: try Shard(try file.map()), path: path)
    }

    private func checkKeys() throws(GGUFError) {
        for key in metadata.keys where !(1...GGUFMetadata.keyLimit).contains(key.utf8.count) {
            throw .invalidKey(key: key, reason: "it should have 1 to \(GGUFMetadata.keyLimit) bytes")
        }
    }

    private static func paths(_ path: String, count: Int) -> [String] {
        guard count > 1 else { return [path] }
        let stem = path.hasSuffix(".gguf") ? String(path.dropLast(5)) : path
        let prefix = ShardName(path: path)?.prefix ?? stem
        return (1...count).map { ShardName(prefix: prefix, number: $0, count: count).path }
    }
}
