import GGUF
package import MoDModel

/// A routed model's file about to be written.
package struct ModelFile {
    let dense: MoDModel
    let blocks: [Int]
    package var routers: [Router]
    let anchorTokens: Int
    /// Nil keeps the dense model's.
    package var name: String?
    package var defaultCapacity = Capacity.dense
    /// Nil: tokens go through a block in full or not at all.
    package var thinPath: ThinPath?
    /// One for each routed block; nil: a bypassed token's residual stays as it is.
    package var standIns: [StandIn]?
    /// Nil until the thresholds are known: a file to calibrate.
    package var table: ThresholdTable?

    /// The hidden units of feed-forwards sorted, so that the first ones make a thin path.
    package struct ThinPath: Sendable, Hashable {
        /// Hidden units in it, a multiple of 32.
        let length: Int
        /// For each routed block where its hidden units are in the dense model, those that matter most first.
        let orders: [[Int]]

        /// A thin path through each routed block.
        package init(length: Int, orders: [[Int]]) {
            self.length = length
            self.orders = orders
        }
    }

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
        try withWriter { (writer) throws(GGUFError) in try writer.write(to: path, shardLimit: shardLimit) }
    }

    /// Writes the file beside `path`, without a name, and opens it.
    func draft(beside path: String) throws(WorkshopError) -> GGUFFile {
        try withWriter { (writer) throws(GGUFError) in try writer.draft(beside: path) }
    }

    /// Lends `body` a writer that holds all of the file.
    private func withWriter<R>(
        _ body: (GGUFWriter) throws(GGUFError) -> R
    ) throws(WorkshopError) -> R {
        do {
            var writer = GGUFWriter(metadata: metadata)
            let sorting = sorting
            for tensor in dense.file.tensors {
                switch sorting[tensor.name] {
                case .rows(let order): try Self.add(tensor, rows: order, to: &writer)
                case .columns(let order): try Self.add(tensor, columns: order, to: &writer)
                case nil: try Self.add(tensor, to: &writer)
                }
            }
            for index in blocks.indices {
                try addRouter(index, to: &writer)
                try addStandIn(index, to: &writer)
            }
            return try body(writer)
        } catch {
            throw .model(.file(error))
        }
    }

    /// The keys of the file.
    var metadata: GGUFMetadata {
        let target = dense.configuration.family.routedArchitecture
        let source = (try? dense.file.string("general.architecture")) ?? target
        var result = GGUFMetadata()
        // What is said of a routing that the model does not have is not true of the new one; its experts it keeps.
        let kept = [ModelKey.expertWeighting, .noOpExpert].map { $0.name(in: source) }
        for (key, value) in dense.file.metadata
        where !Self.dropped.contains(key) && (!key.hasPrefix(source + ".routing.") || kept.contains(key)) {
            result[key.hasPrefix(source + ".") ? target + key.dropFirst(source.count) : key] = value
        }
        func set(_ key: ModelKey, _ value: GGUFValue) { result[key.name(in: target)] = value }
        result["general.architecture"] = .string(target)
        result["general.file_type"] = .uint32(Self.fileType)
        result["general.quantization_version"] = .uint32(2)
        if let name { result["general.name"] = .string(name) }
        set(.routedBlocks, .array(.uint32(blocks.map(UInt32.init))))
        set(.gate, .string(Gate.hard.rawValue))
        set(.kv, .string(KVPolicy.all.rawValue))
        set(.anchorTokens, .uint32(UInt32(anchorTokens)))
        if let thinPath {
            let width = Float(thinPath.length) / Float(dense.configuration.feedForwardLength)
            set(.thinWidth, .float32(width))
        }
        if let rank = standIns?.first?.rank { set(.standInRank, .uint32(UInt32(rank))) }
        set(.capacities, .array(.float32(table?.capacities ?? [0, 1])))
        set(.defaultCapacity, .float32(Float(defaultCapacity.value)))
        return result
    }

    /// Matrices become Q8_0, everything else F32, as what gives experts their scores is computed in.
    static func add(_ tensor: GGUFTensor, to writer: inout GGUFWriter) throws(GGUFError) {
        if tensor.name.hasSuffix("." + BlockTensor.expertGate.rawValue) {
            try writer.add(name: tensor.name, shape: tensor.shape, floats: tensor.floats())
        } else if tensor.type == .q8_0 || tensor.type == .f32 && tensor.shape.count == 1 {
            try writer.add(tensor)
        } else if tensor.rowCount > 1 {
            try writer.add(name: tensor.name, shape: tensor.shape) { (row, out) throws(GGUFError) in
                try tensor.dequantizeRow(row, into: out)
            }
        } else {
            try writer.add(name: tensor.name, shape: tensor.shape, floats: tensor.floats())
        }
    }

    /// What sorted hidden units do to a matrix: of `gate` and `up` they are rows, of `down` columns.
    private enum Sorting {
        case rows([Int])
        case columns([Int])
    }

    /// [tensor name]: how the rows or columns of the tensor are sorted for the thin path; empty without one.
    private var sorting: [String: Sorting] {
        guard let thinPath else { return [:] }
        var result: [String: Sorting] = [:]
        for (block, order) in zip(blocks, thinPath.orders) {
            result[BlockTensor.gate.name(block: block)] = .rows(order)
            result[BlockTensor.up.name(block: block)] = .rows(order)
            result[BlockTensor.down.name(block: block)] = .columns(order)
        }
        return result
    }

    /// A matrix with its rows in another order. What is Q8_0 already stays so to the bit.
    private static func add(
        _ tensor: GGUFTensor, rows order: [Int], to writer: inout GGUFWriter
    ) throws(GGUFError) {
        guard tensor.type == .q8_0 else {
            return try writer.add(name: tensor.name, shape: tensor.shape) { (row, out) throws(GGUFError) in
                try tensor.dequantizeRow(order[row], into: out)
            }
        }
        let length = tensor.rowBytes
        try writer.add(name: tensor.name, shape: tensor.shape, type: .q8_0) { out in
            for (row, source) in order.enumerated() {
                UnsafeMutableRawBufferPointer(rebasing: out[row * length..<(row + 1) * length])
                    .copyBytes(from: tensor.bytes[source * length..<(source + 1) * length])
            }
        }
    }

    /// A matrix with its columns in another order, and so in other groups of 32: it is quantised anew.
    private static func add(
        _ tensor: GGUFTensor, columns order: [Int], to writer: inout GGUFWriter
    ) throws(GGUFError) {
        try writer.add(name: tensor.name, shape: tensor.shape) { (row, out) throws(GGUFError) in
            var floats = [Float](repeating: 0, count: tensor.rowLength)
            try floats.withUnsafeMutableBufferPointer { (floats) throws(GGUFError) in
                try tensor.dequantizeRow(row, into: floats)
            }
            for (column, source) in order.enumerated() { out[column] = floats[source] }
        }
    }

    private func addStandIn(_ index: Int, to writer: inout GGUFWriter) throws(GGUFError) {
        guard let standIn = standIns?[index] else { return }
        let (rank, embedding) = (standIn.rank, standIn.bias.count)
        func add(_ tensor: RouterTensor, _ columns: Int, _ floats: [Float]) throws(GGUFError) {
            let shape = [columns, floats.count / columns]
            try writer.add(name: tensor.name(block: blocks[index]), shape: shape) {
                (row, out) throws(GGUFError) in
                _ = out.update(fromContentsOf: floats[row * columns..<(row + 1) * columns])
            }
        }
        try add(.standInInner, embedding, standIn.inner)
        try add(.standInOuter, rank, standIn.outer)
        let name = RouterTensor.standInBias.name(block: blocks[index])
        try writer.add(name: name, shape: [embedding], floats: standIn.bias)
    }

    private func addRouter(_ index: Int, to writer: inout GGUFWriter) throws(GGUFError) {
        let router = routers[index]
        let block = blocks[index]
        let hidden = router.inBias.count
        func add(_ tensor: RouterTensor, _ shape: [Int], _ floats: [Float]) throws(GGUFError) {
            try writer.add(name: tensor.name(block: block), shape: shape, floats: floats)
        }
        try add(.inWeight, [router.inWeight.count / hidden, hidden], router.inWeight)
        try add(.inBias, [hidden], router.inBias)
        try add(.outWeight, [hidden], router.outWeight)
        try add(.outBias, [1], [router.outBias])
        let hasThinPath = thinPath != nil
        guard let table else {
            return try CapacityTable.addUncalibrated(block: block, hasThinPath: hasThinPath, to: &writer)
        }
        try CapacityTable.add(table.rows[index], block: block, hasThinPath: hasThinPath, to: &writer)
    }
}
