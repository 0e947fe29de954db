import GGUF
import MoDModel

/// How a model shares a capacity out among its routed blocks: the share of tokens that each processes at every
/// sixteenth of capacity, from the file's `depth_router.share`.
///
/// Training settles the shares; a calibration finds the thresholds that keep them. The engine needs neither.
struct CapacityShares {
    /// [routed block][grid point of sixteenths], 0…1, rising with the capacity.
    let rows: [[Float]]

    static let suffix = ".depth_router.share"

    /// Nil for a model that says nothing of shares.
    ///
    /// - Throws: `WorkshopError.unsuitable` for numbers that are no shares, `WorkshopError.model` where a block has none.
    init?(of model: MoDModel) throws(WorkshopError) {
        guard model.file.tensors.contains(where: { $0.name.hasSuffix(Self.suffix) }) else { return nil }
        var rows: [[Float]] = []
        for block in model.description.routedBlocks {
            rows.append(try Self.row("blk.\(block)\(Self.suffix)", of: model.file))
        }
        self.rows = rows
    }

    private static func row(_ name: String, of file: GGUFFile) throws(WorkshopError) -> [Float] {
        let count = Capacity.steps + 1
        let row: [Float]
        do {
            let tensor = try file.tensor(name)
            row = tensor.elementCount == count ? try tensor.floats() : []
        } catch {
            throw .model(.file(error))
        }
        guard row.count == count, row.allSatisfy({ (0...1).contains($0) }),
            zip(row, row.dropFirst()).allSatisfy({ $0 <= $1 })
        else {
            throw .unsuitable(
                "\(name) must be \(count) numbers from 0 to 1 that never fall. Export the model again.")
        }
        return row
    }
}
