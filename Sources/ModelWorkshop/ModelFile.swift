import GGUF
package import MoDModel

/// A `mod-llama` file about to be written.
package struct ModelFile {
    let dense: MoDModel
    let blocks: [Int]
    let routers: [Router]
    let anchorTokens: Int
    /// Nil keeps the dense model's.
    package var name: String?
    package var defaultCapacity = Capacity.dense
    /// Nil until the thresholds are known; then everything is processed whatever the capacity.
    package var table: ThresholdTable?

    /// Keys that describe how the weights were stored before.
    private static let dropped: Set = ["general.file_type", "general.quantization_version"]
    /// ggml's number for "mostly Q8_0".
    static let fileType: UInt32 = 7

    /// A file of a dense model's weights with a router for each of `blocks`.
    package init(dense: MoDModel, blocks: [Int], routers: [Router], anchorTokens: Int) {
        self.dense = dense
        self.blocks = blocks
        self.routers = routers
        self.anchorTokens = anchorTokens
    }

    /// Writes the file; one larger than `shardLimit` is split beside `path`.
    ///
    /// - Returns: the paths written, the one to open first.
    @discardableResult
    package func write(to path: String, shardLimit: Int?) throws(WorkshopError) -> [String] {
        do {
            var writer = GGUFWriter(metadata: metadata)
            for tensor in dense.file.tensors {
                try Self.add(tensor, to: &writer)
            }
            for index in blocks.indices {
                try addRouter(index, to: &writer)
            }
            return try writer.write(to: path, shardLimit: shardLimit)
        } catch {
            throw .model(.file(error))
        }
    }

    private var metadata: GGUFMetadata {
        let source = (try? dense.file.string("general.architecture")) ?? "llama"
        var result = GGUFMetadata()
        for (key, value) in dense.file.metadata where !Self.dropped.contains(key) {
            let renamed = key.hasPrefix(source + ".") ? "mod-llama" + key.dropFirst(source.count) : key
            result[renamed] = value
        }
        result["general.architecture"] = .string("mod-llama")
        result["general.file_type"] = .uint32(Self.fileType)
        result["general.quantization_version"] = .uint32(2)
        if let name { result["general.name"] = .string(name) }
        result["mod-llama.routing.blocks"] = .array(.uint32(blocks.map(UInt32.init)))
        result["mod-llama.routing.gate"] = .string(Gate.hard.rawValue)
        result["mod-llama.routing.kv"] = .string(KVPolicy.all.rawValue)
        result["mod-llama.routing.anchor_tokens"] = .uint32(UInt32(anchorTokens))
        result["mod-llama.routing.capacities"] = .array(.float32(table?.capacities ?? [0, 1]))
        result["mod-llama.routing.default_capacity"] = .float32(Float(defaultCapacity.value))
        return result
    }

    /// Matrices become Q8_0, everything else F32.
    static func add(_ tensor: GGUFTensor, to writer: inout GGUFWriter) throws(GGUFError) {
        if tensor.type == .q8_0 || tensor.type == .f32 && tensor.shape.count == 1 {
            try writer.add(tensor)
        } else if tensor.rowCount > 1 {
            try writer.add(name: tensor.name, shape: tensor.shape) { (row, out) throws(GGUFError) in
                try tensor.dequantizeRow(row, into: out)
            }
        } else {
            try writer.add(name: tensor.name, shape: tensor.shape, floats: tensor.floats())
        }
    }

    private func addRouter(_ index: Int, to writer: inout GGUFWriter) throws(GGUFError) {
        let router = routers[index]
        let prefix = "blk.\(blocks[index]).depth_router"
        let hidden = router.inBias.count
        try writer.add(
            name: "\(prefix).in.weight", shape: [router.inWeight.count / hidden, hidden],
            floats: router.inWeight)
        try writer.add(name: "\(prefix).in.bias", shape: [hidden], floats: router.inBias)
        try writer.add(name: "\(prefix).out.weight", shape: [hidden], floats: router.outWeight)
        try writer.add(name: "\(prefix).out.bias", shape: [1], floats: [router.outBias])
        // Without a table there are no shares either: a calibration is to find both.
        guard let table else {
            return try writer.add(name: "\(prefix).threshold", shape: [2], floats: [0, 0])
        }
        try CapacityTable.add(table.rows[index], block: blocks[index], hasThinPath: false, to: &writer)
    }
}
