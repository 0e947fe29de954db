import CInt8Kernels

/// Quantised activations, [rows][columns]: 16 bits in two planes of int8, in groups of 32 with a scale. A view of an
/// `ActivationBuffer`.
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

    /// What the kernels take: the rows from `row` on, or, for a piece of one row, its columns from `column` on.
    func view(row: Int = 0, column: Int = 0) -> int8_activations {
        let group = (row * columns + column) / Int(INT8_GROUP)
        return int8_activations(
            values: values + group * Int(INT8_ACTIVATION_GROUP_BYTES), scales: scales + group,
            sums: sums + group)
    }

    /// Writes what a row stands for, [columns].
    func dequantize(row: Int, into out: UnsafeMutablePointer<Float>) {
        let length = Int(INT8_GROUP)
        for column in stride(from: 0, to: columns, by: length) {
            let view = view(row: row, column: column)
            for place in 0..<length {
                let number = 256 * Int32(view.values[place]) + Int32(view.values[length + place])
                out[column + place] = view.scales[0] * Float(number)
            }
        }
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

    /// The memory from a value on, a multiple of 32, as rows of `columns` columns, which may be fewer.
    func rows(from start: Int, columns: Int) -> Activations {
        let group = start / Int(INT8_GROUP)
        return Activations(
            columns: columns, values: values.pointer + group * Int(INT8_ACTIVATION_GROUP_BYTES),
            scales: scales.pointer + group, sums: sums.pointer + group)
    }
}

/// Every buffer that a forward pass writes, made once. Rows are indexed by a token's place in the chunk of T tokens
/// where a comment says [T], and by its place among the R processed ones, of which F go in full, where it says [R].
final class Workspace {
    /// [T]: the chunk's tokens, indices of the vocabulary.
    let tokens: AlignedBuffer<Int32>
    /// [T][embedding]: the residual stream.
    let residual: AlignedBuffer<Float>
    /// [T][embedding]: the normed residual that a block begins with, quantised.
    let blockInput: ActivationBuffer
    /// [R][queryLength]: the queries, rotated.
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
    let afterAttention: AlignedBuffer<Float>
    /// [R][embedding]: the normed residual after attention, quantised.
    let feedForwardInput: ActivationBuffer
    /// [F][feedForwardLength] of the tokens in full, then [R − F][thinLength] of the thin ones, or, with experts,
    /// [their tokens][expert's length] of each after the other, then [R][length] of the one that all go through: gate ·
    /// x, then silu(gate · x) · (up · x).
    let gate: AlignedBuffer<Float>
    /// Laid out as `gate`: up · x.
    let up: AlignedBuffer<Float>
    /// Laid out as `gate`: the hidden units, silu(gate · x) · (up · x), quantised.
    let feedForward: ActivationBuffer
    /// The experts of the processed tokens of a chunk.
    let choices: ExpertChoices
    /// [blocks][T][k]: the experts of each token, for the routing trace.
    let experts: AlignedBuffer<UInt16>
    /// [T][embedding]: the normed final residual, quantised.
    let headInput: ActivationBuffer
    /// [T][headLength / 2]: cosines of the rotary angles.
    let cosines: AlignedBuffer<Float>
    /// [T][headLength / 2]: sines of the rotary angles.
    let sines: AlignedBuffer<Float>
    /// [stretches][heads][int8_partial_length]: what a single token's attention gives stretch by stretch.
    let partials: AlignedBuffer<Float>
    /// [2][hidden]: a single token's hidden units of the router, of two routed blocks in turns: a thread may write
    /// those of the next block while another still reads those of the last.
    let routerUnits: AlignedBuffer<Float>
    /// [routed blocks][T]: the routers' scores.
    let scores: AlignedBuffer<Float>
    /// [routed blocks][T]: the thresholds that each score was compared with.
    let thresholds: AlignedBuffer<Thresholds>
    /// [blocks][T]: what was decided about each token.
    let decisions: AlignedBuffer<RoutingDecision>
    /// [threads]: what each thread has for itself.
    let threads: [ThreadWorkspace]

    /// [hidden]: a single token's hidden units of the router at a routed block (its index among the routed ones).
    func units(routed: Int) -> UnsafeMutablePointer<Float> {
        routerUnits.pointer + routed % 2 * (routerUnits.count / 2)
    }

    /// Makes room for chunks of up to `chunkLength` tokens in a context of `contextLength`.
    ///
    /// - Parameter routerLength: hidden units of the widest router.
    /// - Throws: `ModelError.resources` if the system refuses memory.
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
        afterAttention = try AlignedBuffer(chunkLength * embedding)
        feedForwardInput = try ActivationBuffer(tokens: chunkLength, columns: embedding)
        gate = try AlignedBuffer(chunkLength * configuration.usedFeedForwardLength)
        up = try AlignedBuffer(chunkLength * configuration.usedFeedForwardLength)
        feedForward = try ActivationBuffer(tokens: chunkLength, columns: configuration.usedFeedForwardLength)
        choices = try ExpertChoices(configuration.experts, tokens: chunkLength)
        experts = try AlignedBuffer(configuration.blockCount * chunkLength * choices.used)
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

/// The buffers of one compute thread.
final class ThreadWorkspace {
    /// Tokens of a tile in attention, which go through a span together.
    static let attentionTile = 4
    /// Tokens of a tile in routing, which a row of a router's weights is multiplied by together.
    static let routingTile = 8

    /// [routingTile][embedding]: normed residuals.
    let normed: AlignedBuffer<Float>
    /// [1][embedding]: the normed residual of a single token, which every thread quantises for itself.
    let input: ActivationBuffer
    /// [1][queryLength]: what attention found for a single token.
    let attention: ActivationBuffer
    /// [routingTile][hidden]: hidden units of the router, of a chunk's tokens.
    let routerUnits: AlignedBuffer<Float>
    /// [int8_partial_length]: what attention found for one head.
    let head: AlignedBuffer<Float>
    /// [spans][attentionTile][query heads of a key and value head][int8_partial_length]: what attention found span by
    /// span.
    let partials: AlignedBuffer<Float>
    /// Scratch of the matrix product: packed weights.
    let packed: AlignedBuffer<UInt8>
    /// The address at which this thread goes on to read; nil before the first product.
    var next: UnsafeRawPointer?
    /// [1]: a single token's score.
    let score: AlignedBuffer<Float>
    /// [T]: what was decided about each token at the present block.
    let decisions: AlignedBuffer<RoutingDecision>
    /// The lists of the tokens that the present block processes.
    let rows: RowLists
    /// [experts, then the no-op]: the scores of one token.
    let expertScores: AlignedBuffer<Float>
    /// The experts of a single token.
    let choices: ExpertChoices
    /// The lists of the tokens that go through each of the present block's experts.
    let expertLists: ExpertLists

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
            int8_scratch_bytes(
                max(embedding, configuration.queryLength, configuration.usedFeedForwardLength)))
        score = try AlignedBuffer(1)
        decisions = try AlignedBuffer(chunkLength)
        rows = try RowLists(chunkLength: chunkLength)
        expertScores = try AlignedBuffer(configuration.experts?.scoreCount ?? 0)
        choices = try ExpertChoices(configuration.experts, tokens: 1)
        expertLists = try ExpertLists(configuration.experts, chunkLength: chunkLength)
    }

    /// Floats of a thread's `partials`, the one buffer of a thread that grows with the context.
    static func partialCount(configuration: ModelConfiguration, contextLength: Int) -> Int {
        AttentionSpans(slots: contextLength).count * attentionTile
            * (configuration.headCount / configuration.kvHeadCount)
            * int8_partial_length(configuration.headLength)
    }
}
