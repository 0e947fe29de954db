import CInt8Kernels
import GGUF

/// Finds a model's tensors, checks their shapes, and brings them into the form the kernels read.
struct WeightLoader {
    let file: GGUFFile
    let configuration: ModelConfiguration
    /// The memory that the weights' pointers point into, besides the mapped file.
    private(set) var storage: [AnyObject] = []

    init(file: GGUFFile, configuration: ModelConfiguration) {
        self.file = file
        self.configuration = configuration
    }

    /// Hidden units that a router may have.
    private static let routerLengths = 1...4096

    /// Loads all weights.
    ///
    /// - Throws: `ModelError` naming the tensor that is missing, misshapen, unknown or damaged.
    mutating func load() throws(ModelError) -> ModelWeights {
        try refuseUnknownTensors()
        let embeddingLength = configuration.embeddingLength
        let vocabulary = configuration.vocabularySize
        let embedding = try matrix("token_embd.weight", rows: vocabulary, columns: embeddingLength)
        let tied = file.tensorIfPresent("output.weight") == nil
        var blocks: [BlockWeights] = []
        for index in 0..<configuration.blockCount {
            blocks.append(try block(index))
        }
        return ModelWeights(
            embedding: embedding,
            blocks: blocks,
            outputNorm: try vector("output_norm.weight", count: embeddingLength),
            head: tied ? embedding : try matrix("output.weight", rows: vocabulary, columns: embeddingLength))
    }

    private mutating func block(_ index: Int) throws(ModelError) -> BlockWeights {
        let shape = configuration
        let prefix = "blk.\(index)"
        let isRouted = shape.routing.blocks.contains(index)
        let feedForward = FeedForwardWeights(
            gate: try matrix(
                "\(prefix).ffn_gate.weight", rows: shape.feedForwardLength, columns: shape.embeddingLength),
            up: try matrix(
                "\(prefix).ffn_up.weight", rows: shape.feedForwardLength, columns: shape.embeddingLength),
            down: try matrix(
                "\(prefix).ffn_down.weight", rows: shape.embeddingLength, columns: shape.feedForwardLength))
        return BlockWeights(
            attentionNorm: try vector("\(prefix).attn_norm.weight", count: shape.embeddingLength),
            query: try matrix(
                "\(prefix).attn_q.weight", rows: shape.queryLength, columns: shape.embeddingLength),
            key: try matrix("\(prefix).attn_k.weight", rows: shape.kvLength, columns: shape.embeddingLength),
            value: try matrix(
                "\(prefix).attn_v.weight", rows: shape.kvLength, columns: shape.embeddingLength),
            attentionOutput: try matrix(
                "\(prefix).attn_output.weight", rows: shape.embeddingLength, columns: shape.queryLength),
            feedForwardNorm: try vector("\(prefix).ffn_norm.weight", count: shape.embeddingLength),
            feedForward: feedForward,
            thinFeedForward: isRouted ? shape.routing.thinLength.map(feedForward.thin) : nil,
            router: isRouted ? try router("\(prefix).depth_router") : nil)
    }

    private mutating func router(_ prefix: String) throws(ModelError) -> int8_router {
        let columns = configuration.embeddingLength
        let weight = try tensor("\(prefix).in.weight")
        guard weight.shape.count == 2, weight.rowLength == columns,
            Self.routerLengths.contains(weight.rowCount)
        else {
            let lengths = Self.routerLengths
            throw mismatch(weight, expected: "\(columns) × \(lengths.lowerBound)…\(lengths.upperBound)")
        }
        let hidden = weight.rowCount
        let values = try floats(weight)
        return int8_router(
            in_weight: UnsafePointer(values.pointer),
            in_bias: try vector("\(prefix).in.bias", count: hidden),
            out_weight: try vector("\(prefix).out.weight", count: hidden),
            out_bias: try vector("\(prefix).out.bias", count: 1).pointee,
            hidden: hidden)
    }

    /// Loads the thresholds τ_l(c) of every routed block on the file's grid, and the shares that they are calibrated to
    /// give.
    ///
    /// - Throws: `ModelError` naming the key or tensor that is missing, misshapen or no table.
    mutating func thresholds() throws(ModelError) -> ThresholdTable {
        guard !configuration.routing.blocks.isEmpty else { return .empty }
        let keys = try ArchitectureKeys(file: file)
        let capacities: [Float] = try keys.value("routing.capacities")
        guard ThresholdTable(capacities: capacities, rows: []) != nil else {
            throw .unsupported(item: keys.name("routing.capacities"), reason: "must ascend from 0 to 1.")
        }
        var rows: [ThresholdTable.Row] = []
        for block in configuration.routing.blocks {
            rows.append(try thresholdRow("blk.\(block).depth_router", capacities: capacities))
        }
        return ThresholdTable(capacities: capacities, rows: rows) ?? .empty
    }

    private mutating func thresholdRow(
        _ prefix: String, capacities: [Float]
    ) throws(ModelError) -> ThresholdTable.Row {
        func row(
            _ name: String, _ isSound: ([Float]) -> Bool, _ reason: String
        ) throws(ModelError) -> [Float] {
            let pointer = try vector("\(prefix).\(name)", count: capacities.count)
            let values = Array(UnsafeBufferPointer(start: pointer, count: capacities.count))
            guard isSound(values) else { throw .unsupported(item: "\(prefix).\(name)", reason: reason) }
            return values
        }
        let falling = "must never rise with the capacity, and be below 10³⁰ in magnitude."
        let rising = "must never fall with the capacity, and lie within 0 and 1."
        let full = try row("threshold", ThresholdTable.areThresholds, falling)
        // A file without shares gives every block the capacity itself.
        let share =
            file.tensorIfPresent("\(prefix).share") == nil
            ? capacities : try row("share", ThresholdTable.areShares, rising)
        guard configuration.routing.thinLength != nil else { return .init(full, share: share) }
        let thin = try row(
            "thin_threshold", { ThresholdTable.areThresholds($0) && zip($0, full).allSatisfy { $0 <= $1 } },
            "must never rise with the capacity, and never be above the block's threshold.")
        func processed(_ thinShare: [Float]) -> [Float] {
            // The sum of two rounded numbers may miss its value by their last places.
            let rounding: Float = 1e-5
            var previous: Float = 0
            return zip(share, thinShare).map { full, thin in
                var sum = full + thin
                if sum > 1, sum < 1 + rounding { sum = 1 }
                if sum < previous, sum > previous - rounding { sum = previous }
                previous = sum
                return sum
            }
        }
        let thinShare = try row(
            "thin_share", { $0.allSatisfy { $0 >= 0 } && ThresholdTable.areShares(processed($0)) },
            "must not be negative, and never fall with the capacity where it is added to the block's share, nor be above 1."
        )
        return .init(full: full, thin: thin, fullShare: share, processedShare: processed(thinShare))
    }

    /// The matrix of a name, [rows][columns]: in place in the mapped file where it is Q8_0, else a converted copy.
    private mutating func matrix(_ name: String, rows: Int, columns: Int) throws(ModelError) -> Int8Matrix {
        let tensor = try tensor(name)
        guard tensor.shape.count == 2, tensor.rowLength == columns, tensor.rowCount == rows else {
            throw mismatch(tensor, expected: "\(columns) × \(rows)")
        }
        if tensor.type == .q8_0, let base = tensor.bytes.baseAddress {
            return Int8Matrix(bytes: base, rows: rows, columns: columns)
        }
        return Int8Matrix(bytes: try converted(tensor), rows: rows, columns: columns)
    }

    /// A Q8_0 copy of a matrix of any other type.
    private mutating func converted(_ tensor: GGUFTensor) throws(ModelError) -> UnsafePointer<UInt8> {
        let rowBytes = Int8Matrix.rowBytes(columns: tensor.rowLength)
        let copy = try AlignedBuffer<UInt8>(tensor.rowCount * rowBytes)
        let row = try AlignedBuffer<Float>(tensor.rowLength)
        let floats = UnsafeMutableBufferPointer(start: row.pointer, count: row.count)
        for index in 0..<tensor.rowCount {
            try ModelError.wrapping { () throws(GGUFError) in try tensor.dequantizeRow(index, into: floats) }
            let target = UnsafeMutableRawBufferPointer(
                start: copy.pointer + index * rowBytes, count: rowBytes)
            guard Q8Quantizer.quantize(UnsafeBufferPointer(floats), into: target) else {
                let reason = "row \(index) has a number that is not finite or too large; the file is damaged."
                throw .unsupported(item: tensor.name, reason: reason)
            }
        }
        storage.append(copy)
        return UnsafePointer(copy.pointer)
    }

    /// An fp32 copy of the vector of a name, [count].
    private mutating func vector(_ name: String, count: Int) throws(ModelError) -> UnsafePointer<Float> {
        let tensor = try tensor(name)
        guard tensor.elementCount == count else { throw mismatch(tensor, expected: "\(count)") }
        return UnsafePointer(try floats(tensor).pointer)
    }

    /// An aligned fp32 copy of a tensor, every number of which must be finite: each token is multiplied by these, and
    /// one that is not finite would spoil every logit.
    private mutating func floats(_ tensor: GGUFTensor) throws(ModelError) -> AlignedBuffer<Float> {
        let copy = try AlignedBuffer<Float>(tensor.elementCount)
        for index in 0..<tensor.rowCount {
            let row = UnsafeMutableBufferPointer(
                start: copy.pointer + index * tensor.rowLength, count: tensor.rowLength)
            try ModelError.wrapping { () throws(GGUFError) in try tensor.dequantizeRow(index, into: row) }
            guard row.allSatisfy(\.isFinite) else {
                let reason = "has a number that is not finite; the file is damaged."
                throw .unsupported(item: tensor.name, reason: reason)
            }
        }
        storage.append(copy)
        return copy
    }

    private func tensor(_ name: String) throws(ModelError) -> GGUFTensor {
        try ModelError.wrapping { () throws(GGUFError) in try file.tensor(name) }
    }

    private func mismatch(_ tensor: GGUFTensor, expected: String) -> ModelError {
        let shape = tensor.shape.map(String.init).joined(separator: " × ")
        return .unsupported(
            item: tensor.name, reason: "is \(shape), but the model's shape asks for \(expected).")
    }

    /// Refuses a file with a tensor that this engine would silently leave out (a bias, rotary factors, the router of a
    /// block that is not listed as routed): it means another model than would run.
    private func refuseUnknownTensors() throws(ModelError) {
        let outside: Set = ["token_embd.weight", "output_norm.weight", "output.weight"]
        let inside: Set = [
            "attn_norm.weight", "attn_q.weight", "attn_k.weight", "attn_v.weight", "attn_output.weight",
            "ffn_norm.weight", "ffn_gate.weight", "ffn_up.weight", "ffn_down.weight",
            "depth_router.in.weight",
            "depth_router.in.bias", "depth_router.out.weight", "depth_router.out.bias",
            "depth_router.threshold", "depth_router.share",
        ]
        let ofThinPath: Set = ["depth_router.thin_threshold", "depth_router.thin_share"]
        for tensor in file.tensors where !outside.contains(tensor.name) {
            let parts = tensor.name.split(separator: ".", maxSplits: 2)
            let known = configuration.routing.thinLength == nil ? inside : inside.union(ofThinPath)
            guard parts.count == 3, parts[0] == "blk", known.contains(String(parts[2])),
                let block = Int(parts[1]), (0..<configuration.blockCount).contains(block)
            else {
                throw .unsupported(item: tensor.name, reason: "this engine has no use for such a tensor.")
            }
            guard !parts[2].hasPrefix("depth_router.") || configuration.routing.blocks.contains(block) else {
                throw .unsupported(
                    item: tensor.name, reason: "belongs to a block that routing.blocks does not list.")
            }
        }
    }
}
