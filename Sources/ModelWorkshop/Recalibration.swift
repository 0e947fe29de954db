import GGUF
public import MoDModel

/// A model with new thresholds, all else as it was.
public struct Recalibration {
    private let model: MoDModel
    private let table: ThresholdTable
    private let defaultCapacity: Capacity?

    /// Takes the model and its new table, which has a row for each of its routed blocks.
    public init(model: MoDModel, table: ThresholdTable, defaultCapacity: Capacity?) {
        precondition(
            table.rows.count == model.description.routedBlocks.count, "a row for each routed block")
        self.model = model
        self.table = table
        self.defaultCapacity = defaultCapacity
    }

    /// Writes the model; one larger than `shardLimit` is split beside `path`.
    ///
    /// - Returns: the paths written, the one to open first.
    public func write(to path: String, shardLimit: Int?) throws(WorkshopError) -> [String] {
        do {
            var writer = GGUFWriter(metadata: model.file.metadata)
            let architecture = model.configuration.family.routedArchitecture
            writer.metadata[ModelKey.capacities.name(in: architecture)] = .array(.float32(table.capacities))
            if let defaultCapacity {
                let start = Float(defaultCapacity.value)
                writer.metadata[ModelKey.defaultCapacity.name(in: architecture)] = .float32(start)
            }
            for tensor in model.file.tensors where !CapacityTable.holds(tensor.name) {
                try writer.add(tensor)
            }
            for (block, row) in zip(model.description.routedBlocks, table.rows) {
                let hasThinPath = model.configuration.routing.thinLength != nil
                try CapacityTable.add(row, block: block, hasThinPath: hasThinPath, to: &writer)
            }
            return try writer.write(to: path, shardLimit: shardLimit)
        } catch {
            throw .model(.file(error))
        }
    }
}
