import CInt8Kernels

/// An int8 matrix in GGUF Q8_0, or the beginning of its rows: `rows` outputs of `columns` inputs, in groups of 32 with an
/// fp16 scale.
struct Int8Matrix {
    /// Where a matrix lies.
    struct Place {
        let bytes: UnsafeRawPointer
        let rows: Int
        /// From one row to the next.
        let rowBytes: Int
    }

    let place: Place
    let columns: Int
    /// What a pass reads after it: the beginning of that is fetched while this one is multiplied. Itself until it is known.
    var next: Place

    var bytes: UnsafeRawPointer { place.bytes }
    var rows: Int { place.rows }
    var rowBytes: Int { place.rowBytes }

    init(bytes: UnsafeRawPointer, rows: Int, columns: Int) {
        self.init(
            Place(bytes: bytes, rows: rows, rowBytes: Self.rowBytes(columns: columns)), columns: columns)
    }

    private init(_ place: Place, columns: Int) {
        self.place = place
        self.columns = columns
        next = place
    }

    /// Bytes of weights that a product reads.
    var byteCount: Int { rows * Int8Matrix.rowBytes(columns: columns) }

    static func rowBytes(columns: Int) -> Int {
        columns / Int(INT8_GROUP) * Int(INT8_WEIGHT_GROUP_BYTES)
    }

    /// Its first rows.
    func rows(_ count: Int) -> Int8Matrix {
        Int8Matrix(Place(bytes: bytes, rows: count, rowBytes: rowBytes), columns: columns)
    }

    /// The beginning of each row.
    func columns(_ count: Int) -> Int8Matrix {
        Int8Matrix(place, columns: count)
    }
}

/// The matrices of a feed-forward, whole or thin. f is its length.
struct FeedForwardWeights {
    /// [f][embedding].
    var gate: Int8Matrix
    /// [f][embedding].
    var up: Int8Matrix
    /// [embedding][f].
    var down: Int8Matrix

    var length: Int { gate.rows }
    var byteCount: Int { gate.byteCount + up.byteCount + down.byteCount }

    /// The first rows of `gate` and `up`, and the columns of `down` that belong to them.
    func thin(_ length: Int) -> FeedForwardWeights {
        FeedForwardWeights(gate: gate.rows(length), up: up.rows(length), down: down.columns(length))
    }

    /// Says what is read after each matrix.
    mutating func link(to next: Int8Matrix.Place) {
        gate.next = up.place
        up.next = down.place
        down.next = next
    }
}

/// One block's weights.
struct BlockWeights {
    /// [embedding].
    let attentionNorm: UnsafePointer<Float>
    /// [queryLength][embedding].
    var query: Int8Matrix
    /// [kvLength][embedding].
    var key: Int8Matrix
    /// [kvLength][embedding].
    var value: Int8Matrix
    /// [embedding][queryLength].
    var attentionOutput: Int8Matrix
    /// [embedding].
    let feedForwardNorm: UnsafePointer<Float>
    var feedForward: FeedForwardWeights
    /// What a thin token goes through; nil where the block has no thin path.
    var thinFeedForward: FeedForwardWeights?
    /// Nil where the block always runs.
    let router: int8_router?

    /// Says what is read after each matrix, in the order of the forward pass.
    mutating func link(to next: Int8Matrix.Place) {
        key.next = value.place
        value.next = query.place
        query.next = attentionOutput.place
        attentionOutput.next = feedForward.gate.place
        feedForward.link(to: next)
        thinFeedForward?.link(to: next)
    }
}

/// All weights of a model. The pointers are good as long as the `MoDModel` that made them.
struct ModelWeights {
    /// [vocabulary][embedding].
    let embedding: Int8Matrix
    private(set) var blocks: [BlockWeights]
    /// [embedding].
    let outputNorm: UnsafePointer<Float>
    /// [vocabulary][embedding]; the embedding itself where the file ties them.
    private(set) var head: Int8Matrix

    init(embedding: Int8Matrix, blocks: [BlockWeights], outputNorm: UnsafePointer<Float>, head: Int8Matrix) {
        self.embedding = embedding
        self.blocks = blocks
        self.outputNorm = outputNorm
        self.head = head
        for index in blocks.indices {
            self.blocks[index].link(to: index + 1 < blocks.count ? blocks[index + 1].key.place : head.place)
        }
        // After the head comes the next token.
        self.head.next = blocks.first?.key.place ?? head.place
    }

    /// Units of the widest router; 0 where there is none.
    var routerLength: Int {
        blocks.reduce(0) { max($0, $1.router?.hidden ?? 0) }
    }
}
