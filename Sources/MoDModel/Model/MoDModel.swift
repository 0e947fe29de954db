import CInt8Kernels
import ComputeThreads
public import GGUF

/// A model's weights, ready to run: memory-mapped where the file holds matrices in Q8_0, converted once where it does
/// not.
///
/// `@unchecked Sendable`: everything is written before `init` returns and only read afterwards; what the
/// pointers point into is kept alive by `storage`.
public final class MoDModel: @unchecked Sendable {
    /// The open file of the model: its metadata and its tensors as they are stored.
    public let file: GGUFFile
    /// The shape of the model.
    public let configuration: ModelConfiguration
    /// What is to be known of the model without its weights.
    public let description: ModelDescription
    /// The thresholds τ_l(c) of the routed blocks, and their shares; without rows where no block is routed.
    public let thresholds: ThresholdTable
    let weights: ModelWeights
    private let storage: [AnyObject]

    /// Opens the model at `path` (for a split model, its first shard).
    ///
    /// - Throws: `ModelError` naming the key or tensor at fault.
    public convenience init(contentsOf path: String) throws(ModelError) {
        try self.init(file: ModelError.wrapping { () throws(GGUFError) in try GGUFFile(path: path) })
    }

    /// Takes the weights from an open file of one of the families there are (`ModelFamily.all`), dense or routed.
    ///
    /// - Throws: `ModelError` naming the key or tensor at fault; `.tooLarge` where matrices must be converted and the
    ///   machine has no room for them.
    public convenience init(file: GGUFFile) throws(ModelError) {
        try self.init(file: file, availableMemory: Processors.availableMemory)
    }

    /// The same on a machine that has so many bytes of memory to give.
    package convenience init(file: GGUFFile, availableMemory: Int) throws(ModelError) {
        let configuration = try ModelConfiguration(file: file)
        let needed = WeightLoader.convertedBytes(of: file)
        guard needed <= availableMemory else {
            throw .tooLarge(needed: needed, available: availableMemory)
        }
        var loader = WeightLoader(file: file, configuration: configuration)
        let weights = try loader.load()
        self.init(
            file: file, configuration: configuration, weights: weights, thresholds: try loader.thresholds(),
            storage: loader.storage)
    }

    private init(
        file: GGUFFile, configuration: ModelConfiguration, weights: ModelWeights, thresholds: ThresholdTable,
        storage: [AnyObject]
    ) {
        self.file = file
        self.configuration = configuration
        self.weights = weights
        self.thresholds = thresholds
        self.storage = storage
        description = ModelDescription(
            name: (try? file.string("general.name")) ?? "model",
            blockCount: configuration.blockCount,
            routedBlocks: configuration.routing.blocks,
            anchorTokens: configuration.routing.anchorTokens,
            contextLength: configuration.contextLength,
            defaultCapacity: configuration.routing.defaultCapacity,
            weights: WeightBytes(configuration: configuration, weights: weights))
    }

    /// The model with nothing in place of a block that a token bypasses, whose residual then stays as it is. The
    /// weights are shared.
    package var withoutStandIns: MoDModel {
        var configuration = configuration
        configuration.routing.standInRank = nil
        return MoDModel(
            file: file, configuration: configuration, weights: weights.withoutStandIns,
            thresholds: thresholds, storage: storage)
    }
}

extension MoDModel {
    /// The model with other routers, and all else shared.
    ///
    /// - Parameter routers: one for each routed block, ascending, for the model's embedding.
    /// - Throws: `ModelError.resources` if the system refuses memory.
    package func withRouters(_ routers: [RouterWeights]) throws(ModelError) -> MoDModel {
        precondition(routers.count == configuration.routing.blocks.count, "one for each routed block")
        var weights = weights
        var storage = storage
        for (block, router) in zip(configuration.routing.blocks, routers) {
            let buffer = try AlignedBuffer<Float>(router.floats.count)
            buffer.pointer.update(from: router.floats, count: router.floats.count)
            storage.append(buffer)
            weights.setRouter(router.placed(at: UnsafePointer(buffer.pointer)), block: block)
        }
        return MoDModel(
            file: file, configuration: configuration, weights: weights, thresholds: thresholds,
            storage: storage)
    }
}

extension WeightBytes {
    /// Counts the bytes of weights that a forward pass reads for one token, of a model whose blocks are all of one
    /// shape.
    init(configuration: ModelConfiguration, weights: ModelWeights) {
        func floats(_ count: Int) -> Int { count * MemoryLayout<Float>.stride }
        let family = configuration.family
        let norm = floats(configuration.embeddingLength)
        let block = weights.blocks[0]
        let biases = family.hasAttentionBiases ? 1 : 0
        let headNorm = family.hasHeadNorms ? floats(configuration.headLength) : 0
        let kv =
            block.key.byteCount + block.value.byteCount + 2 * biases * floats(configuration.kvLength)
            + headNorm
        let query = block.query.byteCount + biases * floats(configuration.queryLength) + headNorm
        let attention = kv + query + block.attentionOutput.byteCount + 2 * norm
        let routers = weights.blocks.compactMap(\.router).map {
            floats(Int($0.hidden) * (configuration.embeddingLength + 2) + 1)
        }
        let thin = weights.blocks.lazy.compactMap(\.thinFeedForward).first
        let standIn = weights.blocks.lazy.compactMap(\.standIn).first
        let experts = block.experts.map {
            ExpertBytes(
                each: $0.expert(0).byteCount, used: configuration.experts?.used ?? 0, count: $0.count)
        }
        let gates = block.experts.map { floats($0.gate.floatCount) } ?? 0
        let always = attention + gates + (experts.map { $0.used * $0.each } ?? 0)
        self.init(
            outsideBlocks: weights.embedding.rowBytes + norm + weights.head.byteCount,
            fullBlock: always + (block.feedForward?.byteCount ?? 0),
            thinBlock: always + ((thin ?? block.feedForward)?.byteCount ?? 0),
            bypassedBlock: norm + (configuration.routing.kv == .all ? kv : 0) + (standIn?.byteCount ?? 0),
            routers: routers.reduce(0, +), experts: experts)
    }
}
