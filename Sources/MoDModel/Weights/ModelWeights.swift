import CInt8Kernels

/// An int8 matrix in GGUF Q8_0, [rows][columns], that maps `columns` inputs to `rows` outputs, in groups of 32 with an
/// fp16 scale. It may be the first rows, or the beginning of each row, of a larger matrix.
struct Int8Matrix {
    /// Where the rows of a matrix lie in memory.
    struct Place {
        let bytes: UnsafeRawPointer
        let rows: Int
        /// Bytes from the beginning of one row to that of the next.
        let rowBytes: Int
        /// Rows that one thread computes together: a group of 32, or a head.
        let rowUnit: Int
    }

    let place: Place
    let columns: Int
    /// Where the matrix lies that a forward pass reads next: its beginning is fetched while this one is multiplied.
    /// This matrix's own place until the next one is known.
    var next: Place

    var bytes: UnsafeRawPointer { place.bytes }
    var rows: Int { place.rows }
    var rowBytes: Int { place.rowBytes }

    init(bytes: UnsafeRawPointer, rows: Int, columns: Int, rowUnit: Int = Int(INT8_GROUP)) {
        let rowBytes = Self.rowBytes(columns: columns)
        self.init(
            Place(bytes: bytes, rows: rows, rowBytes: rowBytes, rowUnit: rowUnit), columns: columns)
    }

    private init(_ place: Place, columns: Int) {
        self.place = place
        self.columns = columns
        next = place
    }

    /// Bytes of weights that a product reads, scales included.
    var byteCount: Int { rows * Int8Matrix.rowBytes(columns: columns) }

    /// Bytes of a row of so many columns, scales included.
    static func rowBytes(columns: Int) -> Int {
        columns / Int(INT8_GROUP) * Int(INT8_WEIGHT_GROUP_BYTES)
    }

    /// The first `count` rows of the matrix.
    func rows(_ count: Int) -> Int8Matrix {
        Int8Matrix(
            Place(bytes: bytes, rows: count, rowBytes: rowBytes, rowUnit: place.rowUnit), columns: columns)
    }

    /// The `index`-th part of the matrix, of parts of `count` rows each.
    func part(_ index: Int, rows count: Int) -> Int8Matrix {
        let start = bytes + index * count * rowBytes
        return Int8Matrix(
            Place(bytes: start, rows: count, rowBytes: rowBytes, rowUnit: place.rowUnit), columns: columns)
    }

    /// The first `count` columns of the matrix.
    func columns(_ count: Int) -> Int8Matrix {
        Int8Matrix(place, columns: count)
    }
}

/// The matrices of a block's feed-forward, whole or thin, with f hidden units.
struct FeedForwardWeights {
    /// [f][embedding].
    var gate: Int8Matrix
    /// [f][embedding].
    var up: Int8Matrix
    /// [embedding][f].
    var down: Int8Matrix

    /// f, the hidden units.
    var length: Int { gate.rows }
    /// Bytes of weights that a token reads.
    var byteCount: Int { gate.byteCount + up.byteCount + down.byteCount }

    /// The first `length` hidden units: rows of `gate` and `up`, and columns of `down`.
    func thin(_ length: Int) -> FeedForwardWeights {
        FeedForwardWeights(gate: gate.rows(length), up: up.rows(length), down: down.columns(length))
    }

    /// Notes for each matrix where the one lies that is read after it; `next` is read after `down`.
    mutating func link(to next: Int8Matrix.Place) {
        gate.next = up.place
        up.next = down.place
        down.next = next
    }
}

/// What stands in for a block that a token bypasses: B · (A · x) + b with the block's normed input x.
struct StandInWeights {
    /// A, [rank][embedding].
    var inner: Int8Matrix
    /// B, [embedding][rank].
    var outer: Int8Matrix
    /// b, [embedding].
    let bias: UnsafePointer<Float>

    /// Bytes of weights that a token reads.
    var byteCount: Int {
        inner.byteCount + outer.byteCount + outer.rows * MemoryLayout<Float>.stride
    }
}

/// The weights of one block.
struct BlockWeights {
    /// [embedding]: the norm before attention, and before the router.
    let attentionNorm: UnsafePointer<Float>
    /// [queryLength][embedding].
    var query: Int8Matrix
    /// [kvLength][embedding].
    var key: Int8Matrix
    /// [kvLength][embedding].
    var value: Int8Matrix
    /// [queryLength], [kvLength], [kvLength]: what is added to queries, keys and values; nil: nothing.
    let queryBias, keyBias, valueBias: UnsafePointer<Float>?
    /// [headLength]: the norms of each head of the queries and of the keys; nil: none.
    let queryNorm, keyNorm: UnsafePointer<Float>?
    /// [embedding][queryLength].
    var attentionOutput: Int8Matrix
    /// [embedding]: the norm before the feed-forward.
    let feedForwardNorm: UnsafePointer<Float>
    /// The feed-forward of a token in full, or, beside experts, the one that every token goes through; nil where there
    /// are experts alone.
    var feedForward: FeedForwardWeights?
    /// The feed-forward of a thin token; nil where the block has no thin path.
    var thinFeedForward: FeedForwardWeights?
    /// The experts; nil in a model without.
    var experts: ExpertWeights?
    /// The block's router; nil where the block is not routed.
    var router: int8_router?
    /// What a bypassed token gets in place of the block's output; nil where its residual stays as it is.
    var standIn: StandInWeights?

    /// Notes for each matrix where the one lies that is read after it, in the order of the forward pass; `next` is read
    /// after the block.
    mutating func link(to next: Int8Matrix.Place) {
        key.next = value.place
        value.next = query.place
        query.next = attentionOutput.place
        attentionOutput.next = (feedForward?.gate ?? experts?.gates ?? attentionOutput).place
        feedForward?.link(to: next)
        thinFeedForward?.link(to: next)
        experts?.next = next
        if let outer = standIn?.outer.place { standIn?.inner.next = outer }
        standIn?.outer.next = next
    }
}

/// All weights of a model. Their pointers are valid as long as the `MoDModel` that made them lives.
struct ModelWeights {
    /// [vocabulary][embedding].
    let embedding: Int8Matrix
    private(set) var blocks: [BlockWeights]
    /// [embedding]: the norm before the head.
    let outputNorm: UnsafePointer<Float>
    /// [vocabulary][embedding]; the token embedding itself where the file has no head of its own.
    private(set) var head: Int8Matrix
    /// The angles that heads are rotated by.
    let rotary: RotaryEmbedding

    init(
        embedding: Int8Matrix, blocks: [BlockWeights], outputNorm: UnsafePointer<Float>, head: Int8Matrix,
        rotary: RotaryEmbedding
    ) {
        self.embedding = embedding
        self.blocks = blocks
        self.outputNorm = outputNorm
        self.head = head
        self.rotary = rotary
        for index in blocks.indices {
            self.blocks[index].link(to: index + 1 < blocks.count ? blocks[index + 1].key.place : head.place)
        }
        // After the head comes the next token.
        self.head.next = blocks.first?.key.place ?? head.place
    }

    /// The same without anything that stands in for a bypassed block.
    var withoutStandIns: ModelWeights {
        var result = self
        for index in blocks.indices { result.blocks[index].standIn = nil }
        return result
    }

    /// Gives a block another router.
    mutating func setRouter(_ router: int8_router, block: Int) {
        blocks[block].router = router
    }

    /// Hidden units of the widest router; 0 where no block is routed.
    var routerLength: Int {
        blocks.reduce(0) { max($0, $1.router?.hidden ?? 0) }
    }
}
