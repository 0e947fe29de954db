import CInt8Kernels
import GGUF

/// Finds a model's tensors, checks their shapes, and brings them into the form the kernels read.
struct WeightLoader {
    let file: GGUFFile
    let configuration: ModelConfiguration
    /// The memory that the weights' pointers point into, besides the mapped file.
    private(set) var storage: [AnyObject] = []

    init(file: GGUFFile, configuration: ModelConfiguration) {
        self.file = file
        self.configuration = configuration
    }

    /// Hidden units that a router may have.
    private static let routerLengths = 1...4096

    /// Bytes that the int8 copies of a file's matrices take, those that are not Q8_0 already. What is read as fp32,
    /// routers and what scores experts among it, is copied, too, but small beside them.
    static func convertedBytes(of file: GGUFFile) -> Int {
        file.tensors.reduce(0) { sum, tensor in
            let isFloats =
                RouterTensor(wholeName: tensor.name) == .inWeight
                || tensor.name.hasSuffix(".\(BlockTensor.expertGate.rawValue)")
            guard tensor.rowCount > 1, tensor.type != .q8_0, !isFloats else { return sum }
            return sum + tensor.rowCount * Int8Matrix.rowBytes(columns: tensor.rowLength)
        }
    }

    /// Loads all weights.
    ///
    /// - Throws: `ModelError` naming the tensor that is missing, misshapen, unknown or damaged.
    mutating func load() throws(ModelError) -> ModelWeights {
        try refuseUnknownTensors()
        let embeddingLength = configuration.embeddingLength
        let vocabulary = configuration.vocabularySize
        let embedding = try matrix(
            OuterTensor.embedding.rawValue, rows: vocabulary, columns: embeddingLength)
        var blocks: [BlockWeights] = []
        for index in 0..<configuration.blockCount {
            blocks.append(try block(index))
        }
        let headName = OuterTensor.head.rawValue
        let tied = file.tensorIfPresent(headName) == nil
        return ModelWeights(
            embedding: embedding,
            blocks: blocks,
            outputNorm: try vector(OuterTensor.outputNorm.rawValue, count: embeddingLength),
            head: tied ? embedding : try matrix(headName, rows: vocabulary, columns: embeddingLength),
            rotary: RotaryEmbedding(configuration, factors: try rotaryFactors()))
    }

    /// What the rotary angles of each pair are divided by; nil where the file does not say.
    private mutating func rotaryFactors() throws(ModelError) -> [Float]? {
        let name = OuterTensor.rotaryFactors.rawValue
        guard file.tensorIfPresent(name) != nil else { return nil }
        let count = configuration.headLength / 2
        let factors = Array(UnsafeBufferPointer(start: try vector(name, count: count), count: count))
        guard factors.allSatisfy({ $0 > 0 }) else {
            throw .unsupported(item: name, reason: "has a factor that is not above 0.")
        }
        return factors
    }

    private mutating func block(_ index: Int) throws(ModelError) -> BlockWeights {
        let shape = configuration
        let (embedding, query, kv) = (shape.embeddingLength, shape.queryLength, shape.kvLength)
        func matrix(_ tensor: BlockTensor, _ rows: Int, _ columns: Int, unit: Int = Int(INT8_GROUP))
            throws(ModelError) -> Int8Matrix
        {
            try self.matrix(tensor.name(block: index), rows: rows, columns: columns, rowUnit: unit)
        }
        func vector(_ tensor: BlockTensor, _ count: Int) throws(ModelError) -> UnsafePointer<Float> {
            try self.vector(tensor.name(block: index), count: count)
        }
        /// A tensor that only some families have.
        func part(_ tensor: BlockTensor, _ count: Int) throws(ModelError) -> UnsafePointer<Float>? {
            shape.blockTensors.contains(tensor) ? try vector(tensor, count) : nil
        }
        let isRouted = shape.routing.blocks.contains(index)
        let rotated = shape.family.needsWholeHeads ? shape.headLength : Int(INT8_GROUP)
        func feedForward(
            _ gate: BlockTensor, _ up: BlockTensor, _ down: BlockTensor, _ hidden: Int
        ) throws(ModelError) -> FeedForwardWeights {
            FeedForwardWeights(
                gate: try matrix(gate, hidden, embedding), up: try matrix(up, hidden, embedding),
                down: try matrix(down, embedding, hidden))
        }
        let whole: FeedForwardWeights?
        if let experts = shape.experts {
            whole = try experts.sharedLength.map { length throws(ModelError) in
                try feedForward(.sharedGate, .sharedUp, .sharedDown, length)
            }
        } else {
            whole = try feedForward(.gate, .up, .down, shape.feedForwardLength)
        }
        return BlockWeights(
            attentionNorm: try vector(.attentionNorm, embedding),
            query: try matrix(.query, query, embedding, unit: rotated),
            key: try matrix(.key, kv, embedding, unit: rotated),
            // As the keys, with which they share a buffer: a thread must not write what another one still reads.
            value: try matrix(.value, kv, embedding, unit: rotated),
            queryBias: try part(.queryBias, query), keyBias: try part(.keyBias, kv),
            valueBias: try part(.valueBias, kv),
            queryNorm: try part(.queryNorm, shape.headLength),
            keyNorm: try part(.keyNorm, shape.headLength),
            attentionOutput: try matrix(.attentionOutput, embedding, query),
            feedForwardNorm: try vector(.feedForwardNorm, embedding),
            feedForward: whole,
            thinFeedForward: isRouted ? shape.routing.thinLength.flatMap { whole?.thin($0) } : nil,
            experts: try shape.experts.map { experts throws(ModelError) in
                try self.experts(experts, block: index)
            },
            router: isRouted ? try router(block: index) : nil,
            standIn: isRouted ? try standIn(block: index) : nil)
    }

    private mutating func standIn(block: Int) throws(ModelError) -> StandInWeights? {
        guard let rank = configuration.routing.standInRank else { return nil }
        let embedding = configuration.embeddingLength
        return StandInWeights(
            inner: try matrix(RouterTensor.standInInner.name(block: block), rows: rank, columns: embedding),
            outer: try matrix(RouterTensor.standInOuter.name(block: block), rows: embedding, columns: rank),
            bias: try vector(RouterTensor.standInBias.name(block: block), count: embedding))
    }

    private mutating func experts(
        _ shape: ExpertConfiguration, block: Int
    ) throws(ModelError) -> ExpertWeights {
        let embedding = configuration.embeddingLength
        func matrix(_ tensor: BlockTensor, _ rows: Int, _ columns: Int) throws(ModelError) -> Int8Matrix {
            try self.matrix(
                tensor.name(block: block), rows: rows, columns: columns, parts: shape.count)
        }
        let rows = try tensor(BlockTensor.expertGate.name(block: block))
        guard rows.shape.count == 2, rows.rowLength == embedding, rows.rowCount == shape.scoreCount else {
            throw mismatch(rows, expected: "\(embedding) × \(shape.scoreCount)")
        }
        let gate = ExpertGate(
            rows: UnsafePointer(try floats(rows).pointer),
            biases: shape.hasBiases
                ? try vector(BlockTensor.expertGateBias.name(block: block), count: shape.scoreCount) : nil,
            scoreCount: shape.scoreCount, columns: embedding,
            shared: shape.sharedLength == nil
                ? nil : try vector(BlockTensor.sharedExpertGate.name(block: block), count: embedding))
        return ExpertWeights(
            gate: gate, count: shape.count, length: shape.length,
            gates: try matrix(.expertGates, shape.length, embedding),
            ups: try matrix(.expertUps, shape.length, embedding),
            downs: try matrix(.expertDowns, embedding, shape.length))
    }

    private mutating func router(block: Int) throws(ModelError) -> int8_router {
        let columns = configuration.embeddingLength
        let weight = try tensor(RouterTensor.inWeight.name(block: block))
        guard weight.shape.count == 2, weight.rowLength == columns,
            Self.routerLengths.contains(weight.rowCount)
        else {
            let lengths = Self.routerLengths
            throw mismatch(weight, expected: "\(columns) × \(lengths.lowerBound)…\(lengths.upperBound)")
        }
        let hidden = weight.rowCount
        let values = try floats(weight)
        return int8_router(
            in_weight: UnsafePointer(values.pointer),
            in_bias: try vector(RouterTensor.inBias.name(block: block), count: hidden),
            out_weight: try vector(RouterTensor.outWeight.name(block: block), count: hidden),
            out_bias: try vector(RouterTensor.outBias.name(block: block), count: 1).pointee,
            hidden: hidden)
    }

    /// Loads the thresholds τ_l(c) of every routed block on the file's grid, and the shares that they are calibrated to
    /// give.
    ///
    /// - Throws: `ModelError` naming the key or tensor that is missing, misshapen or no table.
    mutating func thresholds() throws(ModelError) -> ThresholdTable {
        guard !configuration.routing.blocks.isEmpty else { return .empty }
        let keys = try ArchitectureKeys(file: file)
        let capacities: [Float] = try keys.value(.capacities)
        guard ThresholdTable(capacities: capacities, rows: []) != nil else {
            throw .unsupported(item: keys.name(.capacities), reason: "must ascend from 0 to 1.")
        }
        var rows: [ThresholdTable.Row] = []
        for block in configuration.routing.blocks {
            rows.append(try thresholdRow(block: block, capacities: capacities))
        }
        return ThresholdTable(capacities: capacities, rows: rows) ?? .empty
    }

    private mutating func thresholdRow(
        block: Int, capacities: [Float]
    ) throws(ModelError) -> ThresholdTable.Row {
        func row(
            _ tensor: RouterTensor, _ isSound: ([Float]) -> Bool, _ reason: String
        ) throws(ModelError) -> [Float] {
            let name = tensor.name(block: block)
            let pointer = try vector(name, count: capacities.count)
            let values = Array(UnsafeBufferPointer(start: pointer, count: capacities.count))
            guard isSound(values) else { throw .unsupported(item: name, reason: reason) }
            return values
        }
        let falling = "must never rise with the capacity, and be below 10³⁰ in magnitude."
        let rising = "must never fall with the capacity, and lie within 0 and 1."
        let full = try row(.threshold, ThresholdTable.areThresholds, falling)
        // A file without shares gives every block the capacity itself.
        let share =
            file.tensorIfPresent(RouterTensor.share.name(block: block)) == nil
            ? capacities : try row(.share, ThresholdTable.areShares, rising)
        guard configuration.routing.thinLength != nil else { return .init(full, share: share) }
        let thin = try row(
            .thinThreshold, { ThresholdTable.areThresholds($0) && zip($0, full).allSatisfy { $0 <= $1 } },
            "must never rise with the capacity, and never be above the block's threshold.")
        func processed(_ thinShare: [Float]) -> [Float] {
            // The sum of two rounded numbers may miss its value by their last places.
            let rounding: Float = 1e-5
            var previous: Float = 0
            return zip(share, thinShare).map { full, thin in
                var sum = full + thin
                if sum > 1, sum < 1 + rounding { sum = 1 }
                if sum < previous, sum > previous - rounding { sum = previous }
                previous = sum
                return sum
            }
        }
        let thinShare = try row(
            .thinShare, { $0.allSatisfy { $0 >= 0 } && ThresholdTable.areShares(processed($0)) },
            "must not be negative, and never fall with the capacity where it is added to the block's share, nor be above 1."
        )
        return .init(full: full, thin: thin, fullShare: share, processedShare: processed(thinShare))
    }

    /// The matrix of a name, [rows][columns]: in place in the mapped file where it is Q8_0, else a converted copy.
    ///
    /// - Parameters:
    ///   - rowUnit: rows that one thread computes together.
    ///   - parts: how many such matrices the tensor holds, one after the other, [parts][rows][columns]; nil: it is one.
    private mutating func matrix(
        _ name: String, rows: Int, columns: Int, rowUnit: Int = Int(INT8_GROUP), parts: Int? = nil
    ) throws(ModelError) -> Int8Matrix {
        let tensor = try tensor(name)
        let shape = [columns, rows] + (parts.map { [$0] } ?? [])
        guard tensor.shape == shape else {
            throw mismatch(tensor, expected: shape.map(String.init).joined(separator: " × "))
        }
        let rows = rows * (parts ?? 1)
        if tensor.type == .q8_0, let base = tensor.bytes.baseAddress {
            return Int8Matrix(bytes: base, rows: rows, columns: columns, rowUnit: rowUnit)
        }
        return Int8Matrix(bytes: try converted(tensor), rows: rows, columns: columns, rowUnit: rowUnit)
    }

    /// A Q8_0 copy of a matrix of any other type.
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

    /// An fp32 copy of the vector of a name, [count].
    private mutating func vector(_ name: String, count: Int) throws(ModelError) -> UnsafePointer<Float> {
        let tensor = try tensor(name)
        guard tensor.elementCount == count else { throw mismatch(tensor, expected: "\(count)") }
        return UnsafePointer(try floats(tensor).pointer)
    }

    /// An aligned fp32 copy of a tensor, every number of which must be finite: each token is multiplied by these, and
    /// one that is not finite would spoil every logit.
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

    /// Refuses a file with a tensor that this engine would silently leave out (a bias, rotary factors, the router of a
    /// block that is not listed as routed): it means another model than would run.
    private func refuseUnknownTensors() throws(ModelError) {
        let family = configuration.family
        for tensor in file.tensors {
            if let outer = OuterTensor(rawValue: tensor.name) {
                if outer != .rotaryFactors || family.takesRotaryFactors { continue }
            }
            let parts = tensor.name.split(separator: ".", maxSplits: 2)
            guard parts.count == 3, parts[0] == "blk",
                let block = Int(parts[1]), (0..<configuration.blockCount).contains(block)
            else { throw unknown(tensor) }
            if let known = BlockTensor(rawValue: String(parts[2])) {
                guard configuration.blockTensors.contains(known) else { throw unknown(tensor) }
            } else if let known = RouterTensor(rawValue: String(parts[2])) {
                let routing = configuration.routing
                guard routing.thinLength != nil || !known.isOfThinPath,
                    routing.standInRank != nil || !known.isOfStandIn
                else { throw unknown(tensor) }
                guard routing.blocks.contains(block) else {
                    throw .unsupported(
                        item: tensor.name,
                        reason: "belongs to a block that \(ModelKey.routedBlocks.rawValue) does not list.")
                }
            } else {
                throw unknown(tensor)
            }
        }
    }

    private func unknown(_ tensor: GGUFTensor) -> ModelError {
        .unsupported(item: tensor.name, reason: "this engine has no use for such a tensor.")
    }
}
