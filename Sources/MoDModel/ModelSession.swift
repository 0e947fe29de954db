import CInt8Kernels
import ComputeThreads

/// One conversation's state on a model: the KV cache, the buffers of the forward pass and the compute
/// threads.
///
/// Not `Sendable`: it has one owner, which calls it from one place at a time.
public final class ModelSession {
    /// Which of a chunk's tokens get logits.
    public enum LogitRows: Sendable, Hashable {
        /// No token: the head is not computed.
        case none
        /// The chunk's last token.
        case last
        /// Every token of the chunk.
        case all
    }

    /// The model that the session runs.
    public let model: MoDModel
    /// The most tokens that the KV cache can hold.
    public let contextLength: Int
    /// The most tokens that one forward pass takes.
    public let chunkLength: Int
    /// The capacity that tokens are routed at from the next forward pass on; the model's default at first.
    public var capacity: Capacity
    /// The policy that tokens are routed by from the next forward pass on.
    public var policy = RoutingPolicy.held
    /// Tokens in the KV cache, and so the position of the next token.
    public private(set) var position = 0

    private let threads: ThreadTeam
    private let pass: ForwardPass
    private let readOutPass: ReadOutPass
    private var lastCount = 0
    /// How many tokens, or rows of residuals, have logits.
    private var logitCount = 0

    /// The chunk length where none is given, in tokens: long enough that prefill is bound by arithmetic, short enough
    /// that a stop is felt at once and the buffers of a wide model stay within some megabytes.
    static func defaultChunkLength(for configuration: ModelConfiguration) -> Int {
        configuration.embeddingLength + configuration.usedFeedForwardLength > 5120 ? 64 : 128
    }

    /// Allocates the KV cache and the buffers, and starts the compute threads.
    ///
    /// - Parameters:
    ///   - contextLength: tokens to make room for, at most (and by default) what the model was trained for.
    ///   - threadCount: compute threads, by default one for each core there is to use, up to eight.
    ///   - chunkLength: the most tokens that one forward pass takes, 1…128, by default 128, or 64 of a wide model.
    ///   - kernelSet: which of the kernel sets that the processor can run, 0 being the fastest.
    /// - Throws: `ModelError.resources` for a context larger than the machine's memory, and for memory or threads that
    ///   the system refuses; `ModelError.noKernelSet`.
    public convenience init(
        model: MoDModel, contextLength: Int? = nil, threadCount: Int? = nil,
        chunkLength: Int? = nil, kernelSet: Int = 0
    ) throws(ModelError) {
        guard let kernels = int8_kernels_at(kernelSet) else {
            throw .noKernelSet(kernelSet)
        }
        let contextLength = min(max(contextLength ?? .max, 1), model.configuration.contextLength)
        let threadCount = min(max(threadCount ?? Processors.defaultThreadCount, 1), 256)
        try Self.refuseHugeContext(model, contextLength: contextLength, threadCount: threadCount)
        let threads = try ModelError.wrapping { () throws(ThreadError) in try ThreadTeam(count: threadCount) }
        try self.init(
            model, contextLength: contextLength,
            chunkLength: chunkLength ?? Self.defaultChunkLength(for: model.configuration),
            kernels: kernels.pointee, threads: threads)
    }

    /// A session beside another one, with an empty KV cache as long as the other's, on the same weights and the same
    /// compute threads: the two must not run at once.
    ///
    /// - Throws: `ModelError.resources` for memory that the system refuses.
    package convenience init(beside other: ModelSession) throws(ModelError) {
        try self.init(
            other.model, contextLength: other.contextLength, chunkLength: other.chunkLength,
            kernels: other.pass.kernels, threads: other.threads)
        capacity = other.capacity
        policy = other.policy
    }

    private init(
        _ model: MoDModel, contextLength: Int, chunkLength: Int, kernels: int8_kernels, threads: ThreadTeam
    ) throws(ModelError) {
        self.model = model
        self.contextLength = contextLength
        self.chunkLength = min(max(chunkLength, 1), TokenRouter.longestChunk, contextLength)
        self.threads = threads
        capacity = model.configuration.routing.defaultCapacity
        pass = try ForwardPass(
            model: model,
            workspace: try Workspace(
                configuration: model.configuration, routerLength: model.weights.routerLength,
                chunkLength: self.chunkLength, contextLength: self.contextLength, threadCount: threads.count),
            cache: try KVCache(configuration: model.configuration, contextLength: self.contextLength),
            router: try TokenRouter(
                table: model.thresholds, anchors: model.configuration.routing.anchorTokens,
                thinWork: Float(model.description.weights.thinWork), contextLength: self.contextLength),
            kernels: kernels)
        readOutPass = ReadOutPass(pass)
    }

    /// Refuses a context larger than the machine's memory, which a file may ask for: the system might grant it and end
    /// the process later, when the memory is used.
    private static func refuseHugeContext(
        _ model: MoDModel, contextLength: Int, threadCount: Int
    ) throws(ModelError) {
        let partials = ThreadWorkspace.partialCount(
            configuration: model.configuration, contextLength: contextLength)
        let bytes =
            KVCache.byteCount(configuration: model.configuration, contextLength: contextLength)
            + threadCount * partials * MemoryLayout<Float>.stride
            + TokenRouter.byteCount(
                blocks: model.thresholds.rows.count, grid: model.thresholds.capacities.count,
                contextLength: contextLength)
        guard bytes <= Processors.memory else {
            let (needed, there) = (bytes >> 20, Processors.memory >> 20)
            throw .resources(
                "A context of \(contextLength) tokens needs \(needed) MiB; this machine has \(there) MiB.")
        }
    }

    /// The instruction set of the kernels, as people write it: "AVX2", "AVX-512 VNNI", "portable".
    public var kernelName: String { String(cString: pass.kernels.name) }

    /// Compute threads, the thread that calls `forward` included. While other programs hold them up, fewer compute.
    public var threadCount: Int { threads.count }

    /// The forward passes that fewer threads than `threadCount` computed since the session began.
    package var shortHandedPasses: Int { threads.shortHandedCount }

    /// Runs tokens through the model, prefill or decode, and appends them to the KV cache.
    ///
    /// - Parameters:
    ///   - tokens: 1 to `chunkLength` tokens, indices of the vocabulary.
    ///   - logits: which of the tokens get logits.
    /// - Throws: `ModelError.contextFull`, `.tokenOutOfRange`, or `.resources` if the system refuses memory for logits;
    ///   nothing is computed then.
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
        try makeRoom(forLogits: tokens.count - pass.firstLogitRow)
        pass.tokenCount = tokens.count
        pass.position = position
        pass.router.adopt(policy, capacity: capacity)
        pass.router.prepare(position: position)
        threads.run(pass)
        position += tokens.count
        lastCount = tokens.count
    }

    private func makeRoom(forLogits rows: Int) throws(ModelError) {
        let wanted = rows * model.configuration.vocabularySize
        if pass.logits.count < wanted { pass.logits = try AlignedBuffer(wanted) }
        logitCount = rows
    }

    /// Computes the logits of residuals, as if each were what a forward pass ended with: the final norm and the head,
    /// in one product. `withLogits` then lends these, row by row; cache and position stay as they are.
    ///
    /// - Parameter residuals: [rows][embedding], 1 to `chunkLength` rows.
    /// - Throws: `ModelError.resources` if the system refuses memory for the logits.
    package func readOut(_ residuals: UnsafeBufferPointer<Float>) throws(ModelError) {
        let embedding = model.configuration.embeddingLength
        let rows = residuals.count / embedding
        precondition((1...chunkLength).contains(rows), "1 to \(chunkLength) rows are read out at once")
        guard let base = residuals.baseAddress else { return }
        try makeRoom(forLogits: rows)
        pass.workspace.residual.pointer.update(from: base, count: rows * embedding)
        pass.tokenCount = rows
        pass.firstLogitRow = 0
        threads.run(readOutPass)
    }

    /// Forgets every token from position `count` on: keys, values, and what the routing policy remembers of them.
    public func truncate(to count: Int) {
        position = min(position, max(count, 0))
    }

    /// Lends `body` the logits, [vocabulary], after one token of the last forward pass. `row` counts the tokens that
    /// got logits, from 0: with `.last` there is only row 0.
    public func withLogits<R>(row: Int, _ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
        let vocabulary = model.configuration.vocabularySize
        precondition(
            (0..<logitCount).contains(row), "no logits were computed for row \(row)")
        return try body(UnsafeBufferPointer(start: pass.logits.pointer + row * vocabulary, count: vocabulary))
    }

    /// The routing trace of a token of the last forward pass; `row` is the token's place in the chunk.
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
            reasons: routed.map { workspace.decisions.pointer[$0 * lastCount + row].reason },
            experts: experts(row: row))
    }

    /// [blocks][experts]: which experts a token of the last forward pass went through; empty in a model without.
    private func experts(row: Int) -> [[UInt16]] {
        guard let used = model.configuration.experts?.mostUsed else { return [] }
        let workspace = pass.workspace
        return (0..<model.configuration.blockCount).map { block in
            let place = block * lastCount + row
            guard workspace.decisions.pointer[place].grade > .bypassed else { return [] }
            let chosen = UnsafeBufferPointer(start: workspace.experts.pointer + place * used, count: used)
            return chosen.filter { $0 != ExpertChoices.none }
        }
    }

    /// Grades that tokens take in the forward passes to come in place of those that the policy gives them; nil, as at
    /// first, where the policy decides all. Scores, thresholds and reasons of their traces stay the router's.
    package var gradeOverride: GradeOverride? {
        get { pass.router.override }
        set { pass.router.override = newValue }
    }

    /// [blocks]: the grades that the token at a position in the KV cache was computed with.
    package func grades(position: Int) -> [Grade] {
        precondition((0..<self.position).contains(position), "the cache holds \(self.position) tokens")
        return pass.routedIndices.map { routed in
            routed.map { pass.router.grade(block: $0, position: position) } ?? .full
        }
    }

    /// If set, called after every block with the residual before the block and after it, [tokens of the
    /// chunk][embedding] each. For fitting routers; it costs a copy of the residual a block.
    package var blockObserver:
        ((_ block: Int, _ before: UnsafePointer<Float>, _ after: UnsafePointer<Float>) -> Void)?
    {
        get { pass.observer }
        set { pass.observer = newValue }
    }

    /// For a block observer: the block's hidden units, silu(gate) · up, of the tokens of the chunk that it took in full
    /// ([tokens in full][feed-forward length]).
    package var hiddenUnits: UnsafePointer<Float> { UnsafePointer(pass.workspace.gate.pointer) }

    /// For a block observer: writes what the block's feed-forward was given of a token that it processed, [embedding],
    /// the normed residual after attention.
    ///
    /// - Parameter row: the token's place among those of the chunk that the block processed.
    package func readFeedForwardInput(row: Int, into out: UnsafeMutablePointer<Float>) {
        let workspace = pass.workspace
        let input = pass.tokenCount == 1 ? workspace.threads[0].input.all : workspace.feedForwardInput.all
        input.dequantize(row: row, into: out)
    }

    /// How much a matrix of a block has multiplied since the session began.
    package func work(of matrix: BlockMatrix, block: Int) -> MatrixWork {
        pass.work.pointer[block * BlockMatrix.allCases.count + matrix.rawValue]
    }
}
