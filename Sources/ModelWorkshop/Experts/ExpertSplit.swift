import GGUF
public import MoDModel

/// Splits the feed-forward of each of a dense model's blocks into experts, without training: hidden units that add
/// about as much and fire together become an expert, and a gate learns to predict how much each adds to a token's
/// residual.
///
/// The experts' outputs are added up as they are, so that all of them together are the dense feed-forward. With a no-op
/// among them (integrated MoDE, arXiv 2404.02258, §4.3) a token goes through the experts that are predicted to add more
/// than a length, and through none where there is no such expert. Each block has a length of its own, so that tokens go
/// through as many experts in one block as in another: with one for all, most of the last blocks' work is left out,
/// which add little to a long residual and yet decide what is said.
public struct ExpertSplit {
    /// What is under way, for a progress line.
    public enum Stage: Sendable, Hashable {
        /// Hidden units are parted into experts.
        case clustering
        /// Gates are fitted to what the experts add.
        case fittingGates
        /// The no-op's score is sought.
        case placingNoOp
        /// The file is written.
        case writing
    }

    /// Tokens whose activations hidden units are parted by.
    private static let patternTokens = 1024
    /// Numbers of activations held at once: 256 MiB.
    private static let patternNumbers = 1 << 26
    /// λ of the gates' regression, in units of the inputs' mean square.
    private static let ridge = 0.01

    private let dense: MoDModel
    private let count: Int
    private let used: Int
    private let isIntegrated: Bool
    private let corpus: ChatCorpus
    private let threads: Int?

    /// Prepares a split.
    ///
    /// - Parameters:
    ///   - count: experts of a block, at least 2.
    ///   - used: experts that a token goes through, 1 to `count`; with a no-op that many on average.
    ///   - isIntegrated: whether a no-op is among the experts.
    /// - Throws: `WorkshopError.hasRouters`; `WorkshopError.unsuitable` for a model that has experts, or whose
    ///   feed-forward does not part into so many; `WorkshopError.text` for a corpus whose texts are not longer than the
    ///   anchors.
    public init(
        dense: MoDModel, count: Int, used: Int, isIntegrated: Bool, corpus: ChatCorpus, threads: Int?
    ) throws(WorkshopError) {
        let shape = dense.configuration
        guard shape.routing.blocks.isEmpty else { throw .hasRouters }
        guard shape.experts == nil else { throw .unsuitable("The model has experts already.") }
        let length = shape.feedForwardLength / max(count, 1)
        guard count >= 2, length > 0, length * count == shape.feedForwardLength, length.isMultiple(of: 32)
        else {
            let groups = shape.feedForwardLength / 32
            let known = (2...max(groups, 2)).filter { groups.isMultiple(of: $0) }.map(String.init)
            throw .unsuitable(
                """
                An MLP of \(shape.feedForwardLength) rows does not split into \(count) experts, each of a multiple of 32 \
                rows; take \(known.joined(separator: ", ")).
                """)
        }
        guard (1...count).contains(used) else {
            throw .unsuitable("A token cannot go through \(used) of \(count) experts; take 1 to \(count).")
        }
        try corpus.checkLength(anchors: ModelConverter.anchorTokens)
        self.dense = dense
        self.count = count
        self.used = used
        self.isIntegrated = isIntegrated
        self.corpus = corpus
        self.threads = threads
    }

    /// Splits, and opens the model with experts and without depth routers that comes of it, which has a file without a
    /// name beside `path`.
    ///
    /// - Throws: `WorkshopError.model` for a token that is not in the vocabulary, a tensor that is at fault, and a file
    ///   that cannot be written.
    public func model(beside path: String, progress: (Stage) -> Void) throws(WorkshopError) -> MoDModel {
        let file = try split(progress: progress)
        progress(.writing)
        let draft = try file.draft(beside: path)
        return try WorkshopError.wrapping { () throws(ModelError) in try MoDModel(file: draft) }
    }

    /// Splits, and writes the model with experts and without depth routers that comes of it.
    ///
    /// - Parameters:
    ///   - path: where to write; a model larger than `shardLimit` is split beside it.
    ///   - name: the model's name, or nil to keep the dense one's.
    /// - Returns: the paths written, the one to open first.
    /// - Throws: as `model`.
    public func write(
        to path: String, name: String?, shardLimit: Int?, progress: (Stage) -> Void
    ) throws(WorkshopError) -> [String] {
        var file = try split(progress: progress)
        file.name = name
        progress(.writing)
        return try file.write(to: path, shardLimit: shardLimit)
    }

    private func split(progress: (Stage) -> Void) throws(WorkshopError) -> ExpertFile {
        progress(.clustering)
        let clusters = try clusters()
        progress(.fittingGates)
        let gates = try gates(of: clusters)
        var file = ExpertFile(dense: dense, clusters: clusters, gates: gates, used: used)
        if isIntegrated {
            progress(.placingNoOp)
            file.noOpScores = try noOpScores(gates)
        }
        return file
    }

    // MARK: Steps

    /// [blocks]: the hidden units of each expert.
    private func clusters() throws(WorkshopError) -> [UnitClusters] {
        let length = dense.configuration.feedForwardLength
        let counted = corpus.sequences.reduce(0) { $0 + max($1.count - ModelConverter.anchorTokens, 0) }
        let step = max(counted / Self.patternTokens, 1)
        let together = max(Self.patternNumbers / (length * Self.patternTokens), 1)
        var clusters: [UnitClusters] = []
        for first in stride(from: 0, to: dense.configuration.blockCount, by: together) {
            let blocks = first..<min(first + together, dense.configuration.blockCount)
            /// [blocks][units][tokens].
            var patterns = blocks.map { _ in [[Float]](repeating: [], count: length) }
            var seen = [Int](repeating: 0, count: blocks.count)
            try observe { block, session, row, _ in
                guard blocks.contains(block) else { return }
                let index = block - first
                seen[index] += 1
                guard seen[index].isMultiple(of: step) else { return }
                let units = session.hiddenUnits + row * length
                for unit in 0..<length { patterns[index][unit].append(units[unit].magnitude) }
            }
            for block in blocks {
                let norms = try columnNorms(block)
                let weighed = zip(patterns[block - first], norms).map { pattern, norm in
                    pattern.map { $0 * norm }
                }
                clusters.append(UnitClusters(tiersOf: weighed, count: count))
            }
        }
        return clusters
    }

    /// [blocks]: gates that predict how long what an expert adds to the residual is, ÷ the residual's own length.
    private func gates(of clusters: [UnitClusters]) throws(WorkshopError) -> [ExpertGates] {
        let (embedding, length) = (dense.configuration.embeddingLength, dense.configuration.feedForwardLength)
        var outputs: [ExpertOutputs] = []
        for (block, clusters) in clusters.enumerated() {
            outputs.append(ExpertOutputs(clusters, down: try down(block), hiddenUnits: length))
        }
        var regressions = clusters.map { _ in RidgeRegression(inputs: embedding, targets: count) }
        var rows = clusters.map { _ in [Float]() }
        var values = clusters.map { _ in [Float]() }
        func flush(_ block: Int) {
            regressions[block].add(rows: rows[block], targets: values[block])
            rows[block].removeAll(keepingCapacity: true)
            values[block].removeAll(keepingCapacity: true)
        }
        var input = [Float](repeating: 0, count: embedding)
        try observe { block, session, row, after in
            session.readFeedForwardInput(row: row, into: &input)
            rows[block] += input
            rows[block].append(1)
            let residual = UnsafeBufferPointer(start: after, count: embedding)
            let size = residual.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
            values[block] += outputs[block].lengths(session.hiddenUnits + row * length).map {
                $0 / max(size, 1e-9)
            }
            if values[block].count == 128 * count { flush(block) }
        }
        for block in clusters.indices { flush(block) }
        return regressions.map { regression in
            let (weights, biases) = regression.solve(ridge: Self.ridge)
            return ExpertGates(weights: weights, biases: biases)
        }
    }

    /// [blocks]: the score that a block's experts reach `used` times for each token.
    private func noOpScores(_ gates: [ExpertGates]) throws(WorkshopError) -> [Float] {
        var scores = gates.map { _ in [Float]() }
        var input = [Float](repeating: 0, count: dense.configuration.embeddingLength)
        try observe { block, session, row, _ in
            session.readFeedForwardInput(row: row, into: &input)
            scores[block] += gates[block].scores(of: input)
        }
        return scores.map { scores in
            let reached = scores.count / count * used
            return reached < scores.count ? scores.sorted(by: >)[reached] : -.greatestFiniteMagnitude
        }
    }

    // MARK: What the dense model does

    /// Runs the corpus through the dense model, and shows what becomes of every token but anchors at every block.
    ///
    /// - Parameter body: is given the block, the session, the token's row in the session's buffers, and its residual
    ///   after the block, [embedding].
    private func observe(
        _ body:
            @escaping (
                _ block: Int, _ session: ModelSession, _ row: Int, _ after: UnsafePointer<Float>
            ) -> Void
    ) throws(WorkshopError) {
        let session = try WorkshopError.wrapping { () throws(ModelError) in
            try ModelSession(model: dense, threadCount: threads)
        }
        let embedding = dense.configuration.embeddingLength
        var chunk = 0..<0
        session.blockObserver = { [unowned session] block, _, after in
            for token in chunk where token >= ModelConverter.anchorTokens {
                let row = token - chunk.lowerBound
                body(block, session, row, after + row * embedding)
            }
        }
        try session.run(corpus) { chunk = $0 }
    }

    /// [embedding][hidden units].
    private func down(_ block: Int) throws(WorkshopError) -> [Float] {
        do {
            return try dense.file.tensor(BlockTensor.down.name(block: block)).floats()
        } catch {
            throw .model(.file(error))
        }
    }

    /// [hidden units]: the Euclidean norms of the columns of a block's `down`.
    private func columnNorms(_ block: Int) throws(WorkshopError) -> [Float] {
        let length = dense.configuration.feedForwardLength
        var squares = [Float](repeating: 0, count: length)
        for (place, weight) in try down(block).enumerated() { squares[place % length] += weight * weight }
        return squares.map { $0.squareRoot() }
    }
}
