/// The shares of a text's tokens that each capacity of a table would give every routed block, from the scores so far;
/// and from them the shares that come to the work asked on this text.
///
/// A table's shares are those of the texts it was calibrated on. On another text the same thresholds give other shares,
/// more to some blocks and less to others, and that says what the text needs: on a list of names and dates, keeping
/// every block to its calibrated share raised perplexity by up to a quarter at the same work. So only the work of all
/// blocks together is kept to the capacity.
///
/// Scores are counted by epochs of positions. What is asked of an epoch follows from the epochs `lag` and more before
/// it, which no chunk reaches into that reaches into the epoch itself: a block must not need what another block finds
/// in the same chunk.
///
/// `@unchecked Sendable`: one thread notes scores, each in its own place; all else is called between chunks.
package final class TextShares: @unchecked Sendable {
    /// Tokens of an epoch.
    static let epoch = 64
    /// How many epochs it takes until what a token needed is heeded.
    static let lag = 3
    /// The most tokens of a chunk, which so reaches into `lag` epochs at most.
    static let longestChunk = (lag - 1) * epoch
    /// So many tokens count as the table says, beside those of the text.
    private static let prior: Float = 32
    /// What the tokens counted before an epoch weigh after it: half are forgotten in 13 epochs.
    private static let memory: Float = 0.95

    /// Where on the grid a token begins to go in full, and at least thin: the index plus 1, 0 where its score was not
    /// needed.
    private struct Reach: BitwiseCopyable {
        var full: Int32 = 0
        var thin: Int32 = 0
    }

    private let table: ThresholdTable
    private let thinWork: Float
    private let contextLength: Int
    private var blocks: Int { table.rows.count }
    private var grid: Int { table.capacities.count }
    /// [routed block][position].
    private let reaches: AlignedBuffer<Reach>
    /// [epoch][routed block][full, processed][grid]: tokens up to the epoch's end, those before it forgotten in part,
    /// that begin to go so deep there.
    private let counts: AlignedBuffer<Float>
    /// [epoch]: tokens up to the epoch's end, forgotten likewise.
    private let tokens: AlignedBuffer<Float>
    /// [grid]: the mean work of a block, while shares are found.
    private let work: AlignedBuffer<Float>
    /// How many epochs are counted.
    private var closed = 0

    /// Creates the record of a context of `contextLength` tokens, of which none has come.
    ///
    /// - Parameter thinWork: the work of a token that goes thin, ÷ that of one in full.
    /// - Throws: `ModelError.resources` if the system refuses memory.
    package init(table: ThresholdTable, thinWork: Float, contextLength: Int) throws(ModelError) {
        self.table = table
        self.thinWork = thinWork
        self.contextLength = contextLength
        let epochs = contextLength / Self.epoch
        let (rows, grid) = (table.rows.count, table.capacities.count)
        reaches = try AlignedBuffer(rows * contextLength)
        counts = try AlignedBuffer(epochs * rows * 2 * grid)
        tokens = try AlignedBuffer(epochs)
        work = try AlignedBuffer(grid)
    }

    /// Bytes of the record of a context of `contextLength` tokens, at so many routed blocks with a table of so many
    /// capacities.
    static func byteCount(blocks: Int, grid: Int, contextLength: Int) -> Int {
        blocks * contextLength * MemoryLayout<Reach>.stride
            + contextLength / epoch * (blocks * 2 * grid + 1) * MemoryLayout<Float>.stride
    }

    /// Notes a token's score at a block, nil where none was needed.
    package func note(_ score: Float?, block: Int, position: Int) {
        var reach = Reach()
        if let score {
            let row = table.rows[block]
            // At capacity 1 every token goes in full, whatever its score.
            let last = grid - 1
            reach.full = Int32((row.full.firstIndex { score >= $0 } ?? last) + 1)
            reach.thin = Int32((row.thin.firstIndex { score >= $0 } ?? last) + 1)
        }
        reaches.pointer[block * contextLength + position] = reach
    }

    /// Counts the epochs that end before `position`, the first of the next chunk; what was counted of positions from
    /// there on is forgotten.
    package func close(before position: Int) {
        closed = min(closed, position / Self.epoch)
        while closed < position / Self.epoch {
            count(epoch: closed)
            closed += 1
        }
    }

    private func count(epoch: Int) {
        let size = blocks * 2 * grid
        let now = counts.pointer + epoch * size
        let positions = epoch * Self.epoch..<(epoch + 1) * Self.epoch
        // A score is needed at all blocks or at none.
        let new = positions.count { reaches.pointer[$0].full > 0 }
        let kept = new > 0 ? Self.memory : 1
        for place in 0..<size {
            now[place] = epoch > 0 ? (now - size)[place] * kept : 0
        }
        tokens.pointer[epoch] = (epoch > 0 ? tokens.pointer[epoch - 1] * kept : 0) + Float(new)
        for block in 0..<blocks {
            let (full, processed) = (now + block * 2 * grid, now + (block * 2 + 1) * grid)
            for position in positions {
                let reach = reaches.pointer[block * contextLength + position]
                guard reach.full > 0 else { continue }
                full[Int(reach.full) - 1] += 1
                processed[Int(reach.thin) - 1] += 1
            }
        }
    }

    /// Finds where on the table the text's own shares come to the work asked, and tells the shares there. Nothing is
    /// told while nothing is known of the text.
    ///
    /// - Parameters:
    ///   - capacity: what the work of all blocks together comes to, exactly.
    ///   - epoch: the epoch of the tokens that the shares are for.
    ///   - body: is given each block, and its shares.
    package func balance(
        _ capacity: Capacity, epoch: Int, _ body: (_ block: Int, _ shares: BlockShares) -> Void
    ) {
        let known = min(epoch - Self.lag, closed - 1)
        guard known >= 0, tokens.pointer[known] > 0 else { return }
        let total = Self.prior + tokens.pointer[known]
        let counts = counts.pointer + known * blocks * 2 * grid
        // Sums over the grid: how many tokens go so deep at each of its capacities.
        work.pointer.update(repeating: 0, count: grid)
        func share(_ calibrated: Float, _ counted: Float, _ place: Int) -> Float {
            // All and none are kept: another text may have scores that the calibration did not see.
            if place == grid - 1 || calibrated >= 1 { return 1 }
            return calibrated > 0 ? (calibrated * Self.prior + counted) / total : 0
        }
        func forEach(_ body: (_ block: Int, _ place: Int, _ shares: BlockShares) -> Void) {
            for block in 0..<blocks {
                let (full, processed) = (counts + block * 2 * grid, counts + (block * 2 + 1) * grid)
                let row = table.rows[block]
                var sums: (full: Float, processed: Float) = (0, 0)
                for place in 0..<grid {
                    sums.full += full[place]
                    sums.processed += processed[place]
                    body(
                        block, place,
                        BlockShares(
                            full: share(row.fullShare[place], sums.full, place),
                            processed: share(row.processedShare[place], sums.processed, place)))
                }
            }
        }
        forEach { _, place, shares in
            work.pointer[place] +=
                (shares.full + thinWork * (shares.processed - shares.full)) / Float(blocks)
        }
        let asked = Float(capacity.value)
        let upper = (1..<grid - 1).first { work.pointer[$0] >= asked } ?? grid - 1
        let (low, high) = (work.pointer[upper - 1], work.pointer[upper])
        // Below what the table does at capacity 0 there are only fewer tokens of the same kind.
        let part = asked < low ? 0 : min((asked - low) / max(high - low, .leastNormalMagnitude), 1)
        let scale = asked < low ? asked / low : 1
        var below = BlockShares(full: 0, processed: 0)
        forEach { block, place, shares in
            if place == upper - 1 { below = shares }
            guard place == upper else { return }
            let processed = scale * (below.processed + part * (shares.processed - below.processed))
            let full = scale * (below.full + part * (shares.full - below.full))
            // Rounding must not make more of a share than there is.
            body(block, BlockShares(full: min(full, processed, 1), processed: min(processed, 1)))
        }
    }
}
