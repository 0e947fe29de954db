import CInt8Kernels

/// Quantised activations, [rows][columns].
struct Activations {
    let columns: Int
    private let values: UnsafeMutablePointer<Int8>
    private let scales: UnsafeMutablePointer<Float>
    private let sums: UnsafeMutablePointer<Int32>

    init(
        columns: Int, values: UnsafeMutablePointer<Int8>, scales: UnsafeMutablePointer<Float>,
        sums: UnsafeMutablePointer<Int32>
    ) {
        self.columns = columns
        self.values = values
        self.scales = scales
        self.sums = sums
    }

    /// All rows from `row` on, or, for a piece of one row, what begins at `column` of it.
    func view(row: Int = 0, column: Int = 0) -> int8_activations {
        let group = (row * columns + column) / Int(INT8_GROUP)
        return int8_activations(
            values: values + group * Int(INT8_ACTIVATION_GROUP_BYTES), scales: scales + group,
            sums: sums + group)
    }
}

/// Memory for quantised activations.
final class ActivationBuffer {
    private let columns: Int
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

    /// [tokens][columns].
    var all: Activations { rows(from: 0, columns: columns) }

    /// What begins at a row, as rows that may be shorter.
    func rows(from row: Int, columns: Int) -> Activations {
        let group = row * (self.columns / Int(INT8_GROUP))
        return Activations(
            columns: columns, values: values.pointer + group * Int(INT8_ACTIVATION_GROUP_BYTES),
            scales: scales.pointer + group, sums: sums.pointer + group)
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
    /// [R][feedForward], or, from where the thin tokens begin, [R − F][thin].
    let gate: AlignedBuffer<Float>
    /// As `gate`.
    let up: AlignedBuffer<Float>
    /// As `gate`: silu(gate) · up, quantised.
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
    /// [routed blocks][T]: what each score was held to.
    let thresholds: AlignedBuffer<Thresholds>
    /// [blocks][T].
    let decisions: AlignedBuffer<RoutingDecision>
    /// A single token's router units at a routed block (its index among them).
    func units(routed: Int) -> UnsafeMutablePointer<Float> {
        routerUnits.pointer + routed % 2 * (routerUnits.count / 2)
    }

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
        thresholds = try AlignedBuffer(configuration.routing.blocks.count * chunkLength)
        decisions = try AlignedBuffer(configuration.blockCount * chunkLength)
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
    /// [1][queryLength]: what attention found for a single token.
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
    /// [1]: a single token's score.
    let score: AlignedBuffer<Float>
    /// [T]: what the block's router decided.
    let decisions: AlignedBuffer<RoutingDecision>
    /// The tokens the block processes.
    let rows: RowLists

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
        score = try AlignedBuffer(1)
        decisions = try AlignedBuffer(chunkLength)
        rows = try RowLists(chunkLength: chunkLength)
    }

    /// Floats of `partials`, the one buffer that grows with the context.
    static func partialCount(configuration: ModelConfiguration, contextLength: Int) -> Int {
        AttentionSpans(slots: contextLength).count * attentionTile
            * (configuration.headCount / configuration.kvHeadCount)
            * int8_partial_length(configuration.headLength)
    }
}
