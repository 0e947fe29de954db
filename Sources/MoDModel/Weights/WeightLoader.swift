import CInt8Kernels
import GGUF

/// Finds a model's tensors, checks their shapes, and brings them into the form the kernels read.
struct WeightLoader {
    let file: GGUFFile
    let configuration: ModelConfiguration
    /// What the weights' pointers point into, besides the mapped file.
    private(set) var storage: [AnyObject] = []

    init(file: GGUFFile, configuration: ModelConfiguration) {
        self.file = file
        self.configuration = configuration
    }

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
            gate: try matrix(
                "\(prefix).ffn_gate.weight", rows: shape.feedForwardLength, columns: shape.embeddingLength),
            up: try matrix(
                "\(prefix).ffn_up.weight", rows: shape.feedForwardLength, columns: shape.embeddingLength),
            down: try matrix(
                "\(prefix).ffn_down.weight", rows: shape.embeddingLength, columns: shape.feedForwardLength),
            router: shape.routing.blocks.contains(index) ? try router("\(prefix).depth_router") : nil)
    }

    private mutating func router(_ prefix: String) throws(ModelError) -> int8_router {
        let columns = configuration.embeddingLength
        let weight = try tensor("\(prefix).in.weight")
        guard weight.shape.count == 2, weight.rowLength == columns, (1...4096).contains(weight.rowCount)
        else {
            throw mismatch(weight, expected: "\(columns) × 1…4096")
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

    /// τ_l(c) of every routed block on the file's grid.
    mutating func thresholds() throws(ModelError) -> ThresholdTable {
        guard !configuration.routing.blocks.isEmpty else { return .empty }
        let keys = try ArchitectureKeys(file: file)
        let capacities: [Float] = try keys.value("routing.capacities")
        guard var table = ThresholdTable(capacities: capacities, thresholds: []) else {
            throw .unsupported(item: keys.name("routing.capacities"), reason: "must ascend from 0 to 1.")
        }
        for block in configuration.routing.blocks {
            let name = "blk.\(block).depth_router.threshold"
            let pointer = try vector(name, count: capacities.count)
            let row = Array(UnsafeBufferPointer(start: pointer, count: capacities.count))
            guard let longer = ThresholdTable(capacities: capacities, thresholds: table.thresholds + [row])
            else {
                let reason = "must never rise with the capacity, and be below 10³⁰ in magnitude."
                throw .unsupported(item: name, reason: reason)
            }
            table = longer
        }
        return table
    }

    /// A Q8_0 matrix in place in the mapped file, or a converted copy of any other type.
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

    /// A Q8_0 copy of a matrix of any type, made once when the model is opened.
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

    private mutating func vector(_ name: String, count: Int) throws(ModelError) -> UnsafePointer<Float> {
        let tensor = try tensor(name)
        guard tensor.elementCount == count else { throw mismatch(tensor, expected: "\(count)") }
        return UnsafePointer(try floats(tensor).pointer)
    }

    /// An aligned fp32 copy. Used for what every token passes through unquantised, where one number that is
    /// none would spoil every logit.
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

    /// A tensor this engine would silently leave out (a bias, rotary factors, the router of a block that is
    /// not listed as routed) means another model than it would run.
    private func refuseUnknownTensors() throws(ModelError) {
        let outside: Set = ["token_embd.weight", "output_norm.weight", "output.weight"]
        let inside: Set = [
            "attn_norm.weight", "attn_q.weight", "attn_k.weight", "attn_v.weight", "attn_output.weight",
            "ffn_norm.weight", "ffn_gate.weight", "ffn_up.weight", "ffn_down.weight",
            "depth_router.in.weight",
            "depth_router.in.bias", "depth_router.out.weight", "depth_router.out.bias",
            "depth_router.threshold",
            // Thresholds follow from it when they are calibrated; the engine itself does not need it.
            "depth_router.share",
        ]
        for tensor in file.tensors where !outside.contains(tensor.name) {
            let parts = tensor.name.split(separator: ".", maxSplits: 2)
            guard parts.count == 3, parts[0] == "blk", inside.contains(String(parts[2])),
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
