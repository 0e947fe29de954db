import GGUF
import MoDModel

/// The tensors in which a file keeps what its blocks make of a capacity.
enum CapacityTable {
    /// Whether a tensor is one of them.
    static func holds(_ tensor: String) -> Bool {
        RouterTensor(wholeName: tensor).map(RouterTensor.capacityTable.contains) ?? false
    }

    /// Writes one block's.
    static func add(
        _ row: ThresholdTable.Row, block: Int, hasThinPath: Bool, to writer: inout GGUFWriter
    ) throws(GGUFError) {
        func add(_ tensor: RouterTensor, _ values: [Float]) throws(GGUFError) {
            try writer.add(name: tensor.name(block: block), shape: [values.count], floats: values)
        }
        try add(.threshold, row.full)
        try add(.share, row.fullShare)
        guard hasThinPath else { return }
        try add(.thinThreshold, row.thin)
        try add(.thinShare, zip(row.processedShare, row.fullShare).map { max($0 - $1, 0) })
    }

    /// Writes what a file must have of one block before it is calibrated: every token in full whose score is not
    /// negative, and no shares, so that a calibration finds both.
    static func addUncalibrated(block: Int, hasThinPath: Bool, to writer: inout GGUFWriter) throws(GGUFError)
    {
        let tensors: [RouterTensor] = hasThinPath ? [.threshold, .thinThreshold, .thinShare] : [.threshold]
        for tensor in tensors {
            try writer.add(name: tensor.name(block: block), shape: [2], floats: [0, 0])
        }
    }

    /// The shares that training settled, from the file, on a grid of sixteenths; nil for a model that says nothing of
    /// shares.
    ///
    /// - Throws: `WorkshopError.unsuitable` for numbers that are no shares, `WorkshopError.model` where a block has
    ///   none.
    static func shares(of model: MoDModel) throws(WorkshopError) -> [(full: [Float], processed: [Float])]? {
        guard model.file.tensors.contains(where: { RouterTensor(wholeName: $0.name) == .share }) else {
            return nil
        }
        let count = Capacity.steps + 1
        var result: [(full: [Float], processed: [Float])] = []
        for (block, row) in zip(model.description.routedBlocks, model.thresholds.rows) {
            let name = RouterTensor.share.name(block: block)
            do {
                _ = try model.file.tensor(name)
            } catch {
                throw .model(.file(error))
            }
            guard row.fullShare.count == count else {
                throw .unsuitable(
                    "\(name) must be \(count) numbers, one for each sixteenth of capacity. Export the model again."
                )
            }
            result.append((row.fullShare, row.processedShare))
        }
        return result
    }
}
