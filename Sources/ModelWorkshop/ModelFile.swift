import Foundation
import GGUF
import MoDModel

/// A `mod-llama` file about to be written.
struct ModelFile {
    let dense: MoDModel
    let blocks: [Int]
    let routers: [Router]
    let anchorTokens: Int
    var name: String?
    var defaultCapacity = Capacity.dense
    /// Nil until the thresholds are known; then everything is processed whatever the capacity.
    var table: ThresholdTable?

    /// Keys that describe how the weights were stored before.
    private static let dropped: Set = [
        "general.file_type", "general.quantization_version", "general.finetune",
    ]
    /// ggml's number for "mostly Q8_0".
    private static let fileType: UInt32 = 7

    @discardableResult
    func write(to path: String, shardLimit: Int?) throws(WorkshopError) -> [String] {
        do {
            var writer = GGUFWriter(metadata: metadata)
            for tensor in dense.file.tensors {
                try Self.add(tensor, to: &writer)
            }
            for (block, router) in zip(blocks, routers) {
                try add(router, block: block, to: &writer)
            }
            return try writer.write(to: path, shardLimit: shardLimit)
        } catch {
            throw .model(.file(error))
        }
    }

    static func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
    }

    private var metadata: GGUFMetadata {
        let source = (try? dense.file.string("general.architecture")) ?? "llama"
        var result = GGUFMetadata()
        for (key, value) in dense.file.metadata where !Self.dropped.contains(key) {
            guard !key.hasPrefix("split.") else { continue }
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
    private static func add(_ tensor: GGUFTensor, to writer: inout GGUFWriter) throws(GGUFError) {
        if tensor.type == .q8_0 || tensor.type == .f32 && tensor.shape.count == 1 {
            try writer.add(tensor)
        } else if tensor.shape.count == 2 {
            try writer.add(name: tensor.name, shape: tensor.shape) { (row, out) throws(GGUFError) in
                try tensor.dequantizeRow(row, into: out)
            }
        } else {
            try writer.add(name: tensor.name, shape: tensor.shape, floats: tensor.floats())
        }
    }

    private func add(_ router: Router, block: Int, to writer: inout GGUFWriter) throws(GGUFError) {
        let prefix = "blk.\(block).depth_router"
        let hidden = router.inBias.count
        try writer.add(
            name: "\(prefix).in.weight", shape: [router.inWeight.count / hidden, hidden],
            floats: router.inWeight)
        try writer.add(name: "\(prefix).in.bias", shape: [hidden], floats: router.inBias)
        try writer.add(name: "\(prefix).out.weight", shape: [hidden], floats: router.outWeight)
        try writer.add(name: "\(prefix).out.bias", shape: [1], floats: [router.outBias])
        let index = blocks.firstIndex(of: block) ?? 0
        let thresholds = table?.thresholds[index] ?? [0, 0]
        try writer.add(name: "\(prefix).threshold", shape: [thresholds.count], floats: thresholds)
    }
}
