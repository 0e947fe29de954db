import GGUF
import MoDModel

/// The file of a model about to be written whose feed-forwards are split into experts.
struct ExpertFile {
    let dense: MoDModel
    /// [blocks]: the hidden units of each expert.
    let clusters: [UnitClusters]
    /// [blocks].
    let gates: [ExpertGates]
    /// Experts that a token goes through; with a no-op, on average.
    let used: Int
    /// [blocks]: the score that an expert must exceed; nil without a no-op.
    var noOpScores: [Float]?
    /// Nil keeps the dense model's.
    var name: String?

    init(dense: MoDModel, clusters: [UnitClusters], gates: [ExpertGates], used: Int) {
        self.dense = dense
        self.clusters = clusters
        self.gates = gates
        self.used = used
    }

    /// Writes the file; one larger than `shardLimit` is split beside `path`.
    ///
    /// - Returns: the paths written, the one to open first.
    func write(to path: String, shardLimit: Int?) throws(WorkshopError) -> [String] {
        do {
            return try writer().write(to: path, shardLimit: shardLimit)
        } catch {
            throw .model(.file(error))
        }
    }

    /// Writes the file beside `path`, without a name, and opens it.
    func draft(beside path: String) throws(WorkshopError) -> GGUFFile {
        do {
            return try writer().draft(beside: path)
        } catch {
            throw .model(.file(error))
        }
    }

    private func writer() throws(GGUFError) -> GGUFWriter {
        var writer = GGUFWriter(metadata: metadata)
        let replaced = Set(
            clusters.indices.flatMap { block in
                [BlockTensor.gate, .up, .down].map { $0.name(block: block) }
            })
        for tensor in dense.file.tensors where !replaced.contains(tensor.name) {
            try ModelFile.add(tensor, to: &writer)
        }
        for block in clusters.indices {
            try addRows(.gate, as: .expertGates, block, to: &writer)
            try addRows(.up, as: .expertUps, block, to: &writer)
            try addColumns(block, to: &writer)
            try addGate(block, to: &writer)
        }
        return writer
    }

    private var metadata: GGUFMetadata {
        let target = dense.configuration.family.routedArchitecture
        var result = ModelFile(
            dense: dense, blocks: [], routers: [], anchorTokens: ModelConverter.anchorTokens
        )
        .metadata
        func set(_ key: ModelKey, _ value: GGUFValue) { result[key.name(in: target)] = value }
        let count = clusters.first?.units.count ?? 0
        if let name { result["general.name"] = .string(name) }
        set(.expertCount, .uint32(UInt32(count)))
        // Of a no-op's file any token may go through all.
        set(.usedExpertCount, .uint32(UInt32(noOpScores == nil ? used : count)))
        set(.expertLength, .uint32(UInt32(dense.configuration.feedForwardLength / max(count, 1))))
        set(.expertWeighting, .string(ExpertWeighting.equal.rawValue))
        if noOpScores != nil { set(.noOpExpert, .bool(true)) }
        return result
    }

    /// [embedding, units of an expert, experts]: rows of a matrix, those of one expert after the other's. What is Q8_0
    /// stays so to the bit.
    private func addRows(
        _ source: BlockTensor, as target: BlockTensor, _ block: Int, to writer: inout GGUFWriter
    ) throws(GGUFError) {
        let tensor = try dense.file.tensor(source.name(block: block))
        let units = clusters[block].units
        let order = units.flatMap { $0 }
        let shape = [tensor.rowLength, order.count / units.count, units.count]
        let name = target.name(block: block)
        guard tensor.type == .q8_0 else {
            return try writer.add(name: name, shape: shape) { (row, out) throws(GGUFError) in
                try tensor.dequantizeRow(order[row], into: out)
            }
        }
        let length = tensor.rowBytes
        try writer.add(name: name, shape: shape, type: .q8_0) { out in
            for (row, source) in order.enumerated() {
                UnsafeMutableRawBufferPointer(rebasing: out[row * length..<(row + 1) * length])
                    .copyBytes(from: tensor.bytes[source * length..<(source + 1) * length])
            }
        }
    }

    /// [units of an expert, embedding, experts]: columns of `down`, in other groups of 32 and so quantised anew.
    private func addColumns(_ block: Int, to writer: inout GGUFWriter) throws(GGUFError) {
        let tensor = try dense.file.tensor(BlockTensor.down.name(block: block))
        let units = clusters[block].units
        let rows = tensor.rowCount
        let shape = [tensor.rowLength / units.count, rows, units.count]
        try writer.add(
            name: BlockTensor.expertDowns.name(block: block), shape: shape
        ) { (row, out) throws(GGUFError) in
            var floats = [Float](repeating: 0, count: tensor.rowLength)
            try floats.withUnsafeMutableBufferPointer { (floats) throws(GGUFError) in
                try tensor.dequantizeRow(row % rows, into: floats)
            }
            for (column, unit) in units[row / rows].enumerated() { out[column] = floats[unit] }
        }
    }

    /// The no-op has a score of its own, whatever the token.
    private func addGate(_ block: Int, to writer: inout GGUFWriter) throws(GGUFError) {
        let gate = gates[block]
        let embedding = gate.weights.count / gate.biases.count
        let noOp = noOpScores.map { [$0[block]] } ?? []
        let biases = gate.biases + noOp
        try writer.add(
            name: BlockTensor.expertGate.name(block: block), shape: [embedding, biases.count],
            floats: gate.weights + noOp.flatMap { _ in [Float](repeating: 0, count: embedding) })
        try writer.add(
            name: BlockTensor.expertGateBias.name(block: block), shape: [biases.count], floats: biases)
    }
}
