import GGUF
import MoDModel

/// What of a conversion is done, to go on from after it was interrupted.
struct ConversionState {
    /// The routers fitted; nil before.
    var routers: [Router]?
    /// The thin path tried; nil before, or where there is none to try.
    var thinPath: ModelFile.ThinPath?
    /// Whether the model gets the thin path; nil before that is decided.
    var isThin: Bool?
    /// The thresholds found so far.
    var calibration = ThresholdCalibration.State()

    private enum Key {
        static let identity = "conversion.identity"
        static let thinLength = "conversion.thin_length"
        static let isThin = "conversion.is_thin"
        static let scoredAt = "conversion.scored_at"
        static let columns = "conversion.columns"
        static func order(_ index: Int) -> String { "conversion.order.\(index)" }
    }
    private static let inWeight = "router.weight"
    private static let inBias = "router.bias"

    init() {}

    /// Reads what `write` wrote.
    ///
    /// - Parameters:
    ///   - identity: of the model and the texts that are converted.
    ///   - shape: of the model.
    ///   - blocks: how many blocks get routers.
    /// - Throws: `WorkshopError.unsuitable` for the state of another conversion, `WorkshopError.model` for a file that
    ///   is none.
    init(path: String, identity: UInt64, shape: ModelConfiguration, blocks: Int) throws(WorkshopError) {
        do {
            let file = try GGUFFile(path: path)
            guard try file.value(Key.identity, as: UInt64.self) == identity else {
                throw WorkshopError.unsuitable(
                    "\(path) is of another model or other chats. Remove it, or convert without resuming.")
            }
            if let weights = file.tensorIfPresent(Self.inWeight) {
                let biases = try file.tensor(Self.inBias).floats()
                let length = weights.rowLength
                let floats = try weights.floats()
                routers = biases.indices.map {
                    Router(weights: Array(floats[$0 * length..<($0 + 1) * length]), bias: biases[$0])
                }
            }
            if let length: Int = try file.valueIfPresent(Key.thinLength) {
                let orders = try (routers ?? []).indices.map { (index) throws(GGUFError) -> [Int] in
                    try file.value(Key.order(index))
                }
                thinPath = ModelFile.ThinPath(length: length, orders: orders)
            }
            isThin = try file.valueIfPresent(Key.isThin)
            calibration = ThresholdCalibration.State(
                scoredAt: try file.valueIfPresent(Key.scoredAt) ?? [],
                columns: try file.valueIfPresent(Key.columns) ?? [], blocks: routers?.count ?? 0)
        } catch let error as WorkshopError {
            throw error
        } catch let error as GGUFError {
            throw .model(.file(error))
        } catch {
            throw .unsuitable("\(path): \(error)")
        }
        guard isSound(shape, blocks: blocks) else {
            throw .unsuitable("\(path) is damaged. Remove it, or convert without resuming.")
        }
    }

    private func isSound(_ shape: ModelConfiguration, blocks: Int) -> Bool {
        let routersFit = (routers ?? []).allSatisfy {
            $0.weights.count == shape.embeddingLength && $0.weights.allSatisfy(\.isFinite) && $0.bias.isFinite
        }
        let hasAll = routers.map { $0.count == blocks } ?? (thinPath == nil && isThin == nil)
        guard routersFit, hasAll else { return false }
        guard let thinPath else { return isThin != true }
        return (1..<shape.feedForwardLength).contains(thinPath.length) && thinPath.length.isMultiple(of: 32)
            && thinPath.orders.count == blocks
            && thinPath.orders.allSatisfy { $0.sorted().elementsEqual(0..<shape.feedForwardLength) }
    }

    /// Writes the state, as a whole or not at all.
    func write(to path: String, identity: UInt64) throws(WorkshopError) {
        var metadata: GGUFMetadata = [Key.identity: .uint64(identity)]
        if let thinPath {
            metadata[Key.thinLength] = .uint64(UInt64(thinPath.length))
            for (index, order) in thinPath.orders.enumerated() {
                metadata[Key.order(index)] = .array(.uint32(order.map(UInt32.init)))
            }
        }
        metadata[Key.isThin] = isThin.map(GGUFValue.bool)
        metadata[Key.scoredAt] = .array(.float32(calibration.scoredAtNumbers))
        metadata[Key.columns] = .array(.float32(calibration.columnNumbers))
        do {
            var writer = GGUFWriter(metadata: metadata)
            if let routers, let length = routers.first?.weights.count {
                try writer.add(
                    name: Self.inWeight, shape: [length, routers.count], floats: routers.flatMap(\.weights))
                try writer.add(name: Self.inBias, shape: [routers.count], floats: routers.map(\.bias))
            }
            try writer.write(to: path)
        } catch {
            throw .model(.file(error))
        }
    }

    /// What tells one conversion's work from another's: the model's size, name and norms, and the chats.
    static func identity(of model: MoDModel, _ corpora: [ChatCorpus]) -> UInt64 {
        var hash = FNV1a()
        hash.add(UInt64(model.file.byteCount))
        hash.add(model.description.name.utf8)
        for tensor in model.file.tensors where tensor.rowCount == 1 { hash.add(tensor.bytes) }
        for tokens in corpora.flatMap(\.sequences) {
            hash.add(UInt64(tokens.count))
            tokens.withUnsafeBytes { hash.add($0) }
        }
        return hash.value
    }
}

/// The FNV-1a hash, the same in every run.
private struct FNV1a {
    var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }

    mutating func add(_ number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { add($0) }
    }
}
