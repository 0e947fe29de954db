import CInt8Kernels

/// An int8 matrix in GGUF Q8_0: `rows` outputs of `columns` inputs, in groups of 32 with an fp16 scale.
struct Int8Matrix {
    let bytes: UnsafeRawPointer
    let rows: Int
    let columns: Int

    /// Bytes of one row.
    var rowBytes: Int { Int8Matrix.rowBytes(columns: columns) }
    /// Bytes of the whole matrix.
    var byteCount: Int { rows * rowBytes }

    static func rowBytes(columns: Int) -> Int {
        columns / Int(INT8_GROUP) * Int(INT8_WEIGHT_GROUP_BYTES)
    }
}

/// One block's weights.
struct BlockWeights {
    /// [embedding].
    let attentionNorm: UnsafePointer<Float>
    /// [queryLength][embedding].
    let query: Int8Matrix
    /// [kvLength][embedding].
    let key: Int8Matrix
    /// [kvLength][embedding].
    let value: Int8Matrix
    /// [embedding][queryLength].
    let attentionOutput: Int8Matrix
    /// [embedding].
    let feedForwardNorm: UnsafePointer<Float>
    /// [feedForward][embedding].
    let gate: Int8Matrix
    /// [feedForward][embedding].
    let up: Int8Matrix
    /// [embedding][feedForward].
    let down: Int8Matrix
    /// Nil where the block always runs.
    let router: int8_router?
}

/// All weights of a model. The pointers are good as long as the `MoDModel` that made them.
struct ModelWeights {
    /// [vocabulary][embedding].
    let embedding: Int8Matrix
    let blocks: [BlockWeights]
    /// [embedding].
    let outputNorm: UnsafePointer<Float>
    /// [vocabulary][embedding]; the embedding itself where the file ties them.
    let head: Int8Matrix

    /// Units of the widest router; 0 where there is none.
    var routerLength: Int {
        blocks.reduce(0) { max($0, $1.router?.hidden ?? 0) }
    }
}
