import CInt8Kernels
import ComputeThreads

/// One chunk of tokens on its way through the model: what every compute thread reads and writes.
///
/// Every thread runs `Worker.forward`. Matrix rows, tokens and heads are partitioned among the threads so that each
/// number is written by exactly one thread and computed in one fixed order; so the result does not depend on the number
/// of threads. All buffers are made once, in the workspace.
///
/// `@unchecked Sendable`: between two barriers the threads write disjoint parts of this object's buffers, and outside
/// `ThreadTeam.run` only the session's owner touches it.
final class ForwardPass: ParallelWork, @unchecked Sendable {
    let configuration: ModelConfiguration
    let weights: ModelWeights
    let kernels: int8_kernels
    let workspace: Workspace
    let cache: KVCache
    let router: TokenRouter
    /// [block]: the block's index among the routed ones; nil for a block without a router.
    let routedIndices: [Int?]

    /// T, the tokens of the chunk: the first so many of `workspace.tokens`.
    var tokenCount = 0
    /// The position of the chunk's first token.
    var position = 0
    /// The place in the chunk of the first token that gets logits; every token after it gets them, too.
    var firstLogitRow = 0
    /// [tokenCount − firstLogitRow][vocabulary].
    var logits: AlignedBuffer<Float>
    /// If set, called after every block with the residual before the block and after it, [T][embedding] each.
    var observer: ((_ block: Int, _ before: UnsafePointer<Float>, _ after: UnsafePointer<Float>) -> Void)?
    /// [block][BlockMatrix]: what matrices have multiplied. Thread 0 counts for all, since every thread has the same
    /// tokens and another partition of the rows.
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

/// The end of a forward pass alone: what lies in the residuals of a pass becomes logits.
///
/// `@unchecked Sendable`: as the pass, whose buffers it uses while that does not run.
final class ReadOutPass: ParallelWork, @unchecked Sendable {
    private let pass: ForwardPass

    init(_ pass: ForwardPass) {
        self.pass = pass
    }

    func run(thread: Int, of threadCount: Int, barrier: SpinBarrier) {
        Worker(pass: pass, thread: thread, threadCount: threadCount, barrier: barrier).readOut()
    }
}
