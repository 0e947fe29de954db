import CInt8Kernels
import ComputeThreads

/// One chunk of tokens on its way through the model: what all threads share.
///
/// Every thread runs `Worker.forward`. Matrix rows, tokens and heads are shared out so that each number is written by
/// exactly one thread and computed in one fixed order; so the result does not depend on the number of threads. All buffers
/// are made once, in the workspace.
///
/// `@unchecked Sendable`: the threads share this object's buffers; between two barriers they write disjoint
/// parts, and outside `ThreadTeam.run` only the session's owner touches it.
final class ForwardPass: ParallelWork, @unchecked Sendable {
    let configuration: ModelConfiguration
    let weights: ModelWeights
    let kernels: int8_kernels
    let workspace: Workspace
    let cache: KVCache
    let router: TokenRouter
    /// [block]: the index among the routed blocks; nil where the block always runs.
    let routedIndices: [Int?]

    /// The chunk is the first `tokenCount` of `workspace.tokens`.
    var tokenCount = 0
    /// Position of the chunk's first token.
    var position = 0
    /// Logits are computed for the chunk's tokens from this place on.
    var firstLogitRow = 0
    /// [tokenCount − firstLogitRow][vocabulary].
    var logits: AlignedBuffer<Float>
    /// If set, what every block was given and what it made of it is shown here after the block
    /// ([T][embedding] each).
    var observer: ((_ block: Int, _ before: UnsafePointer<Float>, _ after: UnsafePointer<Float>) -> Void)?
    /// [block][BlockMatrix]: counted by thread 0 for all, since all threads share the same tokens.
    let work: AlignedBuffer<MatrixWork>

    init(
        model: MoDModel, workspace: Workspace, cache: KVCache, router: TokenRouter, kernels: int8_kernels
    ) throws(ModelError) {
        configuration = model.configuration
        weights = model.weights
        self.kernels = kernels
        self.workspace = workspace
        self.cache = cache
        self.router = router
        let routed = model.configuration.routing.blocks
        routedIndices = (0..<model.configuration.blockCount).map { routed.firstIndex(of: $0) }
        logits = try AlignedBuffer(model.configuration.vocabularySize)
        work = try AlignedBuffer(model.configuration.blockCount * BlockMatrix.allCases.count)
    }

    func run(thread: Int, of threadCount: Int, barrier: SpinBarrier) {
        Worker(pass: self, thread: thread, threadCount: threadCount, barrier: barrier).forward()
    }
}
