import GGUF
import MoDModel

/// What of a conversion is done, to go on from after it was interrupted.
struct ConversionState {
    /// The routers fitted; nil before.
    var routers: [Router]?
    /// The stand-ins fitted; nil before.
    var standIns: [StandIn]?
    /// The routers fitted to what the stand-ins leave; nil before.
    var standInRouters: [Router]?
    /// Whether the model gets the stand-ins; nil before that is decided.
    var standsIn: Bool?
    /// What bypassing each block costs; nil before that is measured.
    var costs: [Float]?
    /// Whether routers count the costs; nil before that is decided.
    var countsCosts: Bool?
    /// The thin path tried; nil before, or where there is none to try.
    var thinPath: ModelFile.ThinPath?
    /// Whether the model gets the thin path; nil before that is decided.
    var isThin: Bool?
    /// The routers tuned so far; nil before.
    var tuning: RouterTuning.State?
    /// Whether the model gets the tuned routers; nil before that is decided.
    var isTuned: Bool?
    /// The thresholds found so far.
    var calibration = ThresholdCalibration.State()

    private enum Key {
        static let identity = "conversion.identity"
        static let standsIn = "conversion.stands_in"
        static let costs = "conversion.costs"
        static let countsCosts = "conversion.counts_costs"
        static let thinLength = "conversion.thin_length"
        static let isThin = "conversion.is_thin"
        static let isTuned = "conversion.is_tuned"
        static let scoredAt = "conversion.scored_at"
        static let columns = "conversion.columns"
        static func order(_ index: Int) -> String { "conversion.order.\(index)" }
    }
    private static let router = "router"
    private static let standInRouter = "stand_in.router"
    private static let tunedRouter = "tuning.router"
    private static let standIn = (inner: "stand_in.in", outer: "stand_in.out", bias: "stand_in.bias")

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
            routers = try Self.routers(Self.router, in: file)
            standInRouters = try Self.routers(Self.standInRouter, in: file)
            if let inner = file.tensorIfPresent(Self.standIn.inner) {
                let biases = try file.tensor(Self.standIn.bias)
                let length = biases.rowLength
                let (inner, outer) = (try inner.floats(), try file.tensor(Self.standIn.outer).floats())
                let (bias, count) = (try biases.floats(), biases.rowCount)
                let size = inner.count / count
                guard inner.count == outer.count, size * count == inner.count, size.isMultiple(of: length)
                else { throw Self.damage(path) }
                standIns = (0..<count).map {
                    let place = $0 * size..<($0 + 1) * size
                    return StandIn(
                        inner: Array(inner[place]), outer: Array(outer[place]),
                        bias: Array(bias[$0 * length..<($0 + 1) * length]))
                }
            }
            standsIn = try file.valueIfPresent(Key.standsIn)
            costs = try file.valueIfPresent(Key.costs)
            countsCosts = try file.valueIfPresent(Key.countsCosts)
            if let length: Int = try file.valueIfPresent(Key.thinLength) {
                let orders = try (routers ?? []).indices.map { (index) throws(GGUFError) -> [Int] in
                    try file.value(Key.order(index))
                }
                thinPath = ModelFile.ThinPath(length: length, orders: orders)
            }
            isThin = try file.valueIfPresent(Key.isThin)
            if let routers = try Self.routers(Self.tunedRouter, in: file) {
                tuning = try RouterTuning.State(routers: routers, in: file)
                guard tuning != nil else { throw Self.damage(path) }
            }
            isTuned = try file.valueIfPresent(Key.isTuned)
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
            throw Self.damage(path)
        }
    }

    /// The routers kept under a name; nil where there are none.
    private static func routers(_ name: String, in file: GGUFFile) throws(GGUFError) -> [Router]? {
        guard let weights = file.tensorIfPresent("\(name).weight") else { return nil }
        let biases = try file.tensor("\(name).bias").floats()
        let (length, floats) = (weights.rowLength, try weights.floats())
        guard floats.count == length * biases.count else { return [] }
        return biases.indices.map {
            Router(weights: Array(floats[$0 * length..<($0 + 1) * length]), bias: biases[$0])
        }
    }

    private static func add(
        _ routers: [Router]?, _ name: String, to writer: inout GGUFWriter
    ) throws(GGUFError) {
        guard let routers, let length = routers.first?.weights.count else { return }
        try writer.add(
            name: "\(name).weight", shape: [length, routers.count], floats: routers.flatMap(\.weights))
        try writer.add(name: "\(name).bias", shape: [routers.count], floats: routers.map(\.bias))
    }

    private static func damage(_ path: String) -> WorkshopError {
        .unsuitable("\(path) is damaged. Remove it, or convert without resuming.")
    }

    private func isSound(_ shape: ModelConfiguration, blocks: Int) -> Bool {
        let routersFit = [routers, standInRouters, tuning?.routers].compactMap { $0 }.joined().allSatisfy {
            $0.weights.count == shape.embeddingLength && $0.weights.allSatisfy(\.isFinite) && $0.bias.isFinite
        }
        let hasAll = routers.map { $0.count == blocks } ?? (thinPath == nil && isThin == nil)
        let standInsFit = (standIns ?? []).allSatisfy {
            $0.bias.count == shape.embeddingLength && $0.rank == StandInFit.rank(for: shape)
                && ($0.inner + $0.outer + $0.bias).allSatisfy(\.isFinite)
        }
        let hasAllStandIns =
            standIns.map { $0.count == blocks && standInRouters?.count == blocks }
            ?? (standInRouters == nil && standsIn == nil)
        let costsFit =
            costs.map { $0.count == blocks && $0.allSatisfy { $0 > 0 && $0.isFinite } && standsIn != nil }
            ?? (countsCosts == nil)
        let tuningFits = tuning.map { $0.routers.count == blocks && isThin != nil } ?? (isTuned == nil)
        guard routersFit, hasAll, costsFit, tuningFits, standInsFit, hasAllStandIns else { return false }
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
        metadata[Key.standsIn] = standsIn.map(GGUFValue.bool)
        metadata[Key.costs] = costs.map { .array(.float32($0)) }
        metadata[Key.countsCosts] = countsCosts.map(GGUFValue.bool)
        metadata[Key.isThin] = isThin.map(GGUFValue.bool)
        metadata[Key.isTuned] = isTuned.map(GGUFValue.bool)
        for (key, value) in tuning?.metadata ?? [:] { metadata[key] = value }
        metadata[Key.scoredAt] = .array(.float32(calibration.scoredAtNumbers))
        metadata[Key.columns] = .array(.float32(calibration.columnNumbers))
        do {
            var writer = GGUFWriter(metadata: metadata)
            try Self.add(routers, Self.router, to: &writer)
            try Self.add(standInRouters, Self.standInRouter, to: &writer)
            try Self.add(tuning?.routers, Self.tunedRouter, to: &writer)
            if let standIns, let first = standIns.first {
                let (length, rank) = (first.bias.count, first.rank)
                let rows = rank * standIns.count
                try writer.add(
                    name: Self.standIn.inner, shape: [length, rows], floats: standIns.flatMap(\.inner))
                try writer.add(
                    name: Self.standIn.outer, shape: [rank, length * standIns.count],
                    floats: standIns.flatMap(\.outer))
                try writer.add(
                    name: Self.standIn.bias, shape: [length, standIns.count],
                    floats: standIns.flatMap(\.bias))
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
