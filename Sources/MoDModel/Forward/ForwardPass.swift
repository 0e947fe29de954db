import CInt8Kernels

/// One chunk of tokens on its way through the model: the same path for a prompt and for a single token.
///
/// Every thread runs `run`. Matrix rows, tokens and heads are shared out so that each number is written by
/// exactly one thread and computed in one fixed order; so the result does not depend on the number of
/// threads. The threads meet at a barrier wherever one reads what another wrote. All buffers are made once,
/// in the workspace.
///
/// `@unchecked Sendable`: the threads share this object's buffers; between two barriers they write disjoint
/// parts, and outside `ComputeThreads.run` only the session's owner touches it.
final class ForwardPass: ParallelWork, @unchecked Sendable {
    let configuration: ModelConfiguration
    let weights: ModelWeights
    let kernels: int8_kernels
    let workspace: Workspace
    let cache: KVCache

    /// The chunk is the first `tokenCount` of `workspace.tokens`.
    var tokenCount = 0
    /// Position of the chunk's first token.
    var position = 0
    var capacity = Capacity.dense
    var policy = RoutingPolicy.threshold
    /// One for each routed block.
    var thresholds: [Float]
    /// Logits are computed for the chunk's tokens from this place on.
    var firstLogitRow = 0
    /// [tokenCount − firstLogitRow][vocabulary].
    var logits: AlignedBuffer<Float>
    /// If set, what every block was given and what it made of it is shown here after the block
    /// ([T][embedding] each).
    var observer: ((_ block: Int, _ before: UnsafePointer<Float>, _ after: UnsafePointer<Float>) -> Void)?
    /// One for each block; counts the rows thread 0 gave to each matrix (all threads share the same tokens).
    let work: AlignedBuffer<MatrixWork>

    init(
        model: MoDModel, workspace: Workspace, cache: KVCache, kernels: int8_kernels
    ) throws(ModelError) {
        configuration = model.configuration
        weights = model.weights
        self.kernels = kernels
        self.workspace = workspace
        self.cache = cache
        thresholds = Array(repeating: -.infinity, count: model.configuration.routing.blocks.count)
        logits = try AlignedBuffer(model.configuration.vocabularySize)
        work = try AlignedBuffer(model.configuration.blockCount)
    }

    func run(thread: Int, of threadCount: Int, barrier: SpinBarrier) {
        let worker = Worker(pass: self, thread: thread, threadCount: threadCount, barrier: barrier)
        worker.embed()
        barrier.wait()
        var routed = 0
        for block in 0..<configuration.blockCount {
            let isRouted = weights.blocks[block].router != nil
            worker.run(block: block, routedIndex: isRouted ? routed : nil)
            routed += isRouted ? 1 : 0
        }
        worker.head()
    }
}
