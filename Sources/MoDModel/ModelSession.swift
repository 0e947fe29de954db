import CInt8Kernels

/// One conversation's state on a model: the KV cache, the buffers of the forward pass and the compute
/// threads.
///
/// Not `Sendable`: it has one owner, which calls it from one place at a time.
public final class ModelSession {
    /// Which of a chunk's tokens get logits.
    public enum LogitRows: Sendable, Hashable {
        /// None: the head is not computed.
        case none
        /// The last token only.
        case last
        /// Every token.
        case all
    }

    /// The model.
    public let model: MoDModel
    /// Tokens the KV cache can hold.
    public let contextLength: Int
    /// The most tokens one `forward` takes.
    public let chunkLength: Int
    /// The capacity in force from the next `forward` on. The model's default at first.
    public var capacity: Capacity
    /// The routing policy in force from the next `forward` on.
    public var policy = RoutingPolicy.held
    /// Tokens in the KV cache.
    public private(set) var position = 0

    private let threads: ComputeThreads
    private let pass: ForwardPass
    private var lastCount = 0

    /// The chunk length where none is given: long enough that a prompt is bound by arithmetic, short enough
    /// that a stop is felt at once.
    public static let defaultChunkLength = 128

    /// Allocates the cache and starts the threads.
    ///
    /// - Throws: `ModelError.resources` for a context larger than the machine's memory, memory or threads that the
    ///   system refuses, or a kernel set that the processor lacks.
    /// - Parameters:
    ///   - contextLength: tokens to make room for, at most (and by default) what the model was trained for.
    ///   - threadCount: compute threads, by default one for each core there is to use, up to eight.
    ///   - chunkLength: the most tokens one `forward` takes.
    ///   - kernelSet: which of the kernel sets the processor can run, 0 being the fastest.
    public init(
        model: MoDModel, contextLength: Int? = nil, threadCount: Int? = nil,
        chunkLength: Int = defaultChunkLength, kernelSet: Int = 0
    ) throws(ModelError) {
        guard let kernels = int8_kernels_at(kernelSet) else {
            throw .resources("This processor has no kernel set \(kernelSet).")
        }
        self.model = model
        self.contextLength = min(max(contextLength ?? .max, 1), model.configuration.contextLength)
        self.chunkLength = min(max(chunkLength, 1), self.contextLength)
        let threadCount = min(max(threadCount ?? Processors.defaultThreadCount, 1), 256)
        try Self.refuseHugeContext(
            model.configuration, contextLength: self.contextLength, threadCount: threadCount)
        capacity = model.configuration.routing.defaultCapacity
        threads = try ComputeThreads(count: threadCount)
        pass = try ForwardPass(
            model: model,
            workspace: try Workspace(
                configuration: model.configuration, routerLength: model.weights.routerLength,
                chunkLength: self.chunkLength, contextLength: self.contextLength, threadCount: threads.count),
            cache: try KVCache(configuration: model.configuration, contextLength: self.contextLength),
            router: try TokenRouter(
                table: model.thresholds, anchors: model.configuration.routing.anchorTokens,
                thinWork: Float(model.description.weights.thinWork), contextLength: self.contextLength),
            kernels: kernels.pointee)
    }

    /// A file may ask for a context larger than the machine. The system might grant that and end the process later, when
    /// the memory is used.
    private static func refuseHugeContext(
        _ configuration: ModelConfiguration, contextLength: Int, threadCount: Int
    ) throws(ModelError) {
        let partials = ThreadWorkspace.partialCount(
            configuration: configuration, contextLength: contextLength)
        let bytes =
            KVCache.byteCount(configuration: configuration, contextLength: contextLength)
            + threadCount * partials * MemoryLayout<Float>.stride
        guard bytes <= Processors.memory else {
            let (needed, there) = (bytes >> 20, Processors.memory >> 20)
            throw .resources(
                "A context of \(contextLength) tokens needs \(needed) MiB; this machine has \(there) MiB.")
        }
    }

    /// The instruction set of the kernels, as people write it.
    public var kernelName: String { String(cString: pass.kernels.name) }

    /// Compute threads, the caller of `forward` included. While other programs hold them up, fewer of them compute.
    public var threadCount: Int { threads.count }

    /// The forward passes that fewer threads than `threadCount` computed since the session began.
    package var shortHandedPasses: Int { threads.shortHandedCount }

    /// Runs tokens through the model and appends them to the cache.
    ///
    /// - Parameter tokens: 1 to `chunkLength` tokens.
    /// - Throws: `contextFull`, `tokenOutOfRange` or `resources`; nothing is computed then.
    public func forward(_ tokens: ArraySlice<Int32>, logits: LogitRows) throws(ModelError) {
        precondition((1...chunkLength).contains(tokens.count), "a chunk is 1 to \(chunkLength) tokens")
        guard position + tokens.count <= contextLength else { throw .contextFull(limit: contextLength) }
        let vocabulary = model.configuration.vocabularySize
        for (place, token) in tokens.enumerated() {
            guard token >= 0, token < vocabulary else {
                throw .tokenOutOfRange(token: token, vocabulary: vocabulary)
            }
            pass.workspace.tokens.pointer[place] = token
        }
        switch logits {
        case .none: pass.firstLogitRow = tokens.count
        case .last: pass.firstLogitRow = tokens.count - 1
        case .all: pass.firstLogitRow = 0
        }
        if logits == .all, pass.logits.count < chunkLength * vocabulary {
            pass.logits = try AlignedBuffer(chunkLength * vocabulary)
        }
        pass.tokenCount = tokens.count
        pass.position = position
        pass.router.adopt(policy, capacity: capacity)
        threads.run(pass)
        position += tokens.count
        lastCount = tokens.count
    }

    /// Forgets every token from position `count` on.
    public func truncate(to count: Int) {
        position = min(position, max(count, 0))
    }

    /// Shows the logits ([vocabulary]) of one row of the last forward: with `.last` there is only row 0.
    public func withLogits<R>(row: Int, _ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
        let vocabulary = model.configuration.vocabularySize
        precondition(
            (0..<lastCount - pass.firstLogitRow).contains(row), "no logits were computed for row \(row)")
        return try body(UnsafeBufferPointer(start: pass.logits.pointer + row * vocabulary, count: vocabulary))
    }

    /// The routing trace of token `row` of the last forward.
    public func routing(row: Int) -> TokenRouting {
        precondition((0..<lastCount).contains(row), "the last forward had \(lastCount) tokens")
        let workspace = pass.workspace
        let routed = model.configuration.routing.blocks
        return TokenRouting(
            grades: (0..<model.configuration.blockCount).map {
                workspace.decisions.pointer[$0 * lastCount + row].grade
            },
            scores: routed.indices.map { workspace.scores.pointer[$0 * lastCount + row] },
            thresholds: routed.indices.map { workspace.thresholds.pointer[$0 * lastCount + row] },
            reasons: routed.map { workspace.decisions.pointer[$0 * lastCount + row].reason })
    }

    /// If set, shown after every block what the block was given and what it made of it, each
    /// [tokens of the chunk][embedding]. For fitting routers; it costs a copy of the chunk a block.
    package var blockObserver:
        ((_ block: Int, _ before: UnsafePointer<Float>, _ after: UnsafePointer<Float>) -> Void)?
    {
        get { pass.observer }
        set { pass.observer = newValue }
    }

    /// For a block observer: the block's hidden units, silu(gate) · up, of the tokens of the chunk that it took in full
    /// ([tokens in full][feed-forward length]).
    package var hiddenUnits: UnsafePointer<Float> { UnsafePointer(pass.workspace.gate.pointer) }

    /// What a matrix of a block has multiplied since the session began.
    package func work(of matrix: BlockMatrix, block: Int) -> MatrixWork {
        pass.work.pointer[block * BlockMatrix.allCases.count + matrix.rawValue]
    }
}
