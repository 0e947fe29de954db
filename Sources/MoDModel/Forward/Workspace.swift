import CInt8Kernels

/// Quantised activations of a chunk, with the buffers they live in.
final class ActivationBuffer {
    let columns: Int
    private let values: AlignedBuffer<Int8>
    private let scales: AlignedBuffer<Float>
    private let sums: AlignedBuffer<Int32>

    init(tokens: Int, columns: Int) throws(ModelError) {
        self.columns = columns
        let groups = columns / Int(INT8_GROUP)
        values = try AlignedBuffer(tokens * groups * Int(INT8_ACTIVATION_GROUP_BYTES))
        scales = try AlignedBuffer(tokens * groups)
        sums = try AlignedBuffer(tokens * groups)
    }

    /// The whole buffer, or, for a piece of one row, the buffer that begins at `column` of row `token`.
    func view(token: Int = 0, column: Int = 0) -> int8_activations {
        let group = (token * columns + column) / Int(INT8_GROUP)
        return int8_activations(
            values: values.pointer + group * Int(INT8_ACTIVATION_GROUP_BYTES),
            scales: scales.pointer + group,
            sums: sums.pointer + group)
    }
}

/// Every buffer a forward pass writes, made once. T is the chunk length; rows are indexed by the token's
/// place in the chunk where a comment says [T], and by its place among the processed tokens where it says
/// [R], R ≤ T.
final class Workspace {
    /// [T].
    let tokens: AlignedBuffer<Int32>
    /// [T][embedding]: the residual stream.
    let residual: AlignedBuffer<Float>
    /// [T][embedding]: the normed residual, quantised.
    let blockInput: ActivationBuffer
    /// [R][queryLength].
    let query: AlignedBuffer<Float>
    /// [R][queryLength]: the queries, rotated and quantised.
    let attentionInput: ActivationBuffer
    /// [T][kvLength]: keys, then values, before they go to the cache.
    let keyValue: AlignedBuffer<Float>
    /// [R][queryLength]: what attention found, quantised head by head.
    let attention: ActivationBuffer
    /// [R][embedding]: a matrix product on its way to the residual.
    let projection: AlignedBuffer<Float>
    /// [R][embedding]: the residual after attention.
    let hidden: AlignedBuffer<Float>
    /// [R][embedding]: the normed hidden state, quantised.
    let feedForwardInput: ActivationBuffer
    /// [R][feedForward].
    let gate: AlignedBuffer<Float>
    /// [R][feedForward].
    let up: AlignedBuffer<Float>
    /// [R][feedForward]: silu(gate) · up, quantised.
    let feedForward: ActivationBuffer
    /// [T][embedding]: the normed final residual, quantised.
    let headInput: ActivationBuffer
    /// [T][headLength / 2] each: the rotary angles' cosines and sines.
    let cosines: AlignedBuffer<Float>
    let sines: AlignedBuffer<Float>
    /// [stretches][heads][int8_partial_length]: what a single token's attention gives stretch by stretch.
    let partials: AlignedBuffer<Float>
    /// [2][hidden]: a single token's router units, of every other routed block: a thread may write those of the
    /// next block while another still reads these.
    let routerUnits: AlignedBuffer<Float>
    /// [routed blocks][T].
    let scores: AlignedBuffer<Float>
    /// [blocks][T]: 1 where the token was processed.
    let processed: AlignedBuffer<UInt8>
    /// One for every thread.
    let threads: [ThreadWorkspace]

    init(
        configuration: ModelConfiguration, routerLength: Int, chunkLength: Int, contextLength: Int,
        threadCount: Int
    ) throws(ModelError) {
        let embedding = configuration.embeddingLength
        tokens = try AlignedBuffer(chunkLength)
        residual = try AlignedBuffer(chunkLength * embedding)
        blockInput = try ActivationBuffer(tokens: chunkLength, columns: embedding)
        query = try AlignedBuffer(chunkLength * configuration.queryLength)
        attentionInput = try ActivationBuffer(tokens: chunkLength, columns: configuration.queryLength)
        keyValue = try AlignedBuffer(chunkLength * configuration.kvLength)
        attention = try ActivationBuffer(tokens: chunkLength, columns: configuration.queryLength)
        projection = try AlignedBuffer(chunkLength * embedding)
        hidden = try AlignedBuffer(chunkLength * embedding)
        feedForwardInput = try ActivationBuffer(tokens: chunkLength, columns: embedding)
        gate = try AlignedBuffer(chunkLength * configuration.feedForwardLength)
        up = try AlignedBuffer(chunkLength * configuration.feedForwardLength)
        feedForward = try ActivationBuffer(tokens: chunkLength, columns: configuration.feedForwardLength)
        headInput = try ActivationBuffer(tokens: chunkLength, columns: embedding)
        cosines = try AlignedBuffer(chunkLength * configuration.headLength / 2)
        sines = try AlignedBuffer(chunkLength * configuration.headLength / 2)
        let partialLength = int8_partial_length(configuration.headLength)
        partials = try AlignedBuffer(AttentionSpans.mostStretches * configuration.headCount * partialLength)
        routerUnits = try AlignedBuffer(2 * routerLength)
        scores = try AlignedBuffer(configuration.routing.blocks.count * chunkLength)
        processed = try AlignedBuffer(configuration.blockCount * chunkLength)
        threads = try (0..<threadCount).map { _ throws(ModelError) in
            try ThreadWorkspace(
                configuration: configuration, routerLength: routerLength, chunkLength: chunkLength,
                contextLength: contextLength)
        }
    }
}

/// What one thread needs for itself.
final class ThreadWorkspace {
    /// Tokens whose attention is computed together, span by span.
    static let attentionTile = 4
    /// Tokens of a chunk whose routers' units are computed together, a row of weights at a time.
    static let routingTile = 8

    /// [routingTile][embedding].
    let normed: AlignedBuffer<Float>
    /// [1][embedding]: the normed residual of a single token, which every thread quantises for itself.
    let input: ActivationBuffer
    /// [1][queryLength]: the same for what attention found.
    let attention: ActivationBuffer
    /// [routingTile][hidden]: router units of a chunk's tokens.
    let routerUnits: AlignedBuffer<Float>
    /// [int8_partial_length]: what attention found for one head.
    let head: AlignedBuffer<Float>
    /// [spans][attentionTile][heads of a group][int8_partial_length].
    let partials: AlignedBuffer<Float>
    /// Scratch of the matrix product.
    let packed: AlignedBuffer<UInt8>
    /// Where what this thread reads next begins.
    var next: UnsafeRawPointer?
    /// [T]: the places in the chunk of the tokens this block processes.
    let processedRows: AlignedBuffer<UInt32>

    init(
        configuration: ModelConfiguration, routerLength: Int, chunkLength: Int, contextLength: Int
    ) throws(ModelError) {
        let embedding = configuration.embeddingLength
        normed = try AlignedBuffer(Self.routingTile * embedding)
        input = try ActivationBuffer(tokens: 1, columns: embedding)
        attention = try ActivationBuffer(tokens: 1, columns: configuration.queryLength)
        routerUnits = try AlignedBuffer(Self.routingTile * routerLength)
        let partialLength = int8_partial_length(configuration.headLength)
        head = try AlignedBuffer(partialLength)
        partials = try AlignedBuffer(
            Self.partialCount(configuration: configuration, contextLength: contextLength))
        packed = try AlignedBuffer(
            int8_scratch_bytes(max(embedding, configuration.queryLength, configuration.feedForwardLength)))
        processedRows = try AlignedBuffer(chunkLength)
    }

    /// Floats of `partials`, the one buffer that grows with the context.
    static func partialCount(configuration: ModelConfiguration, contextLength: Int) -> Int {
        AttentionSpans(slots: contextLength).count * attentionTile
            * (configuration.headCount / configuration.kvHeadCount)
            * int8_partial_length(configuration.headLength)
    }
}
