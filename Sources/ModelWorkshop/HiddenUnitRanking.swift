import GGUF
package import MoDModel

/// Ranks the hidden units of feed-forwards by what they add to the residual: the mean magnitude of a unit's activation
/// over a corpus × the norm of the column of `down` that it is multiplied by.
package struct HiddenUnitRanking {
    private let model: MoDModel
    private let blocks: [Int]

    /// Prepares a ranking for some of a dense model's blocks.
    package init(model: MoDModel, blocks: [Int]) {
        self.model = model
        self.blocks = blocks
    }

    /// Runs the corpus through the model, all blocks processing.
    ///
    /// - Returns: for each block the places of its hidden units, those that add most first.
    /// - Throws: `WorkshopError.model` for a token that is not in the vocabulary, or a tensor that is at fault.
    package func orders(over corpus: ChatCorpus, threads: Int?) throws(WorkshopError) -> [[Int]] {
        let activations = try activations(over: corpus, threads: threads)
        var orders: [[Int]] = []
        for (block, activations) in zip(blocks, activations) {
            let norms = try columnNorms(block)
            let worth = zip(activations, norms).map { $0 * $1 }
            orders.append(worth.indices.sorted { (worth[$1], $0) < (worth[$0], $1) })
        }
        return orders
    }

    /// [block][hidden unit]: the sum of a unit's magnitudes over all tokens but anchors, which go in full whatever the
    /// capacity, and whose activations are of another size.
    private func activations(over corpus: ChatCorpus, threads: Int?) throws(WorkshopError) -> [[Double]] {
        let length = model.configuration.feedForwardLength
        let session = try WorkshopError.wrapping { () throws(ModelError) in
            try ModelSession(model: model, threadCount: threads)
        }
        session.capacity = .dense
        var sums = blocks.map { _ in [Double](repeating: 0, count: length) }
        var chunk = 0..<0
        session.blockObserver = { [unowned session] block, _, _ in
            guard let index = blocks.firstIndex(of: block) else { return }
            for token in chunk where token >= ModelConverter.anchorTokens {
                let units = session.hiddenUnits + (token - chunk.lowerBound) * length
                for unit in 0..<length { sums[index][unit] += Double(units[unit].magnitude) }
            }
        }
        try session.run(corpus) { chunk = $0 }
        return sums
    }

    /// [hidden units]: the Euclidean norms of the columns of a block's `down`.
    private func columnNorms(_ block: Int) throws(WorkshopError) -> [Double] {
        do {
            let down = try model.file.tensor(BlockTensor.down.name(block: block))
            var squares = [Double](repeating: 0, count: down.rowLength)
            var row = [Float](repeating: 0, count: down.rowLength)
            for index in 0..<down.rowCount {
                try row.withUnsafeMutableBufferPointer { (row) throws(GGUFError) in
                    try down.dequantizeRow(index, into: row)
                }
                for column in row.indices { squares[column] += Double(row[column]) * Double(row[column]) }
            }
            return squares.map { $0.squareRoot() }
        } catch {
            throw .model(.file(error))
        }
    }
}
