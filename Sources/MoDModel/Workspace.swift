import CInt8Kernels

/// Quantised activations of a chunk, with the buffers they live in.
final class ActivationBuffer {
    let columns: Int
    private let values: AlignedBuffer<Int8>
    private let scales: AlignedBuffer<Float>
    private let sums: AlignedBuffer<Int32>

    init(tokens: Int, columns: Int) {
        self.columns = columns
        let groups = columns / Int(INT8_GROUP)
        values = AlignedBuffer(tokens * groups * Int(INT8_ACTIVATION_GROUP_BYTES))
        scales = AlignedBuffer(tokens * groups)
        sums = AlignedBuffer(tokens * groups)
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
    /// [routed blocks][T].
    let scores: AlignedBuffer<Float>
    /// [blocks][T]: 1 where the token was processed.
    let processed: AlignedBuffer<UInt8>
    /// One for every thread.
    let threads: [ThreadWorkspace]

    init(configuration: ModelConfiguration, chunkLength: Int, contextLength: Int, threadCount: Int) {
        let embedding = configuration.embeddingLength
        tokens = AlignedBuffer(chunkLength)
        residual = AlignedBuffer(chunkLength * embedding)
        blockInput = ActivationBuffer(tokens: chunkLength, columns: embedding)
        query = AlignedBuffer(chunkLength * configuration.queryLength)
        keyValue = AlignedBuffer(chunkLength * configuration.kvLength)
        attention = ActivationBuffer(tokens: chunkLength, columns: configuration.queryLength)
        projection = AlignedBuffer(chunkLength * embedding)
        hidden = AlignedBuffer(chunkLength * embedding)
        feedForwardInput = ActivationBuffer(tokens: chunkLength, columns: embedding)
        gate = AlignedBuffer(chunkLength * configuration.feedForwardLength)
        up = AlignedBuffer(chunkLength * configuration.feedForwardLength)
        feedForward = ActivationBuffer(tokens: chunkLength, columns: configuration.feedForwardLength)
        headInput = ActivationBuffer(tokens: chunkLength, columns: embedding)
        cosines = AlignedBuffer(chunkLength * configuration.headLength / 2)
        sines = AlignedBuffer(chunkLength * configuration.headLength / 2)
        scores = AlignedBuffer(configuration.routing.blocks.count * chunkLength)
        processed = AlignedBuffer(configuration.blockCount * chunkLength)
        let widest = max(embedding, configuration.queryLength, configuration.feedForwardLength)
        threads = (0..<threadCount).map { _ in
            ThreadWorkspace(
                embedding: embedding, headLength: configuration.headLength, widest: widest,
                chunkLength: chunkLength, contextLength: contextLength)
        }
    }
}

/// What one thread needs for itself.
final class ThreadWorkspace {
    /// [embedding].
    let normed: AlignedBuffer<Float>
    /// [headLength].
    let head: AlignedBuffer<Float>
    /// [contextLength]: attention weights of one query.
    let attentionWeights: AlignedBuffer<Float>
    /// Scratch of the matrix product.
    let packed: AlignedBuffer<UInt8>
    /// [T]: the places in the chunk of the tokens this block processes.
    let processedRows: AlignedBuffer<UInt32>

    init(embedding: Int, headLength: Int, widest: Int, chunkLength: Int, contextLength: Int) {
        normed = AlignedBuffer(embedding)
        head = AlignedBuffer(headLength)
        attentionWeights = AlignedBuffer(contextLength)
        packed = AlignedBuffer(int8_scratch_bytes(widest))
        processedRows = AlignedBuffer(chunkLength)
    }
}
