/// The R tokens of a chunk that a block processes, F in full and R − F thin; a view of a `RowLists`.
struct ProcessedRows {
    /// [R]: the tokens' places in the chunk, ascending.
    let tokens: UnsafePointer<UInt32>
    /// [R]: the tokens' places among the processed, those in full first, then the thin ones, ascending in either.
    fileprivate let byGrade: UnsafePointer<UInt32>
    /// R.
    let count: Int
    /// F.
    let fullCount: Int
    /// The other tokens of the chunk.
    let bypassed: BypassedRows

    /// Whether the block bypasses the whole chunk.
    var isEmpty: Bool { count == 0 }

    /// The place in the chunk of the i-th processed token.
    func token(_ i: Int) -> Int { Int(tokens[i]) }

    /// The tokens that go in full through a block's whole feed-forward.
    func full(through weights: FeedForwardWeights) -> FeedForwardPart {
        FeedForwardPart(weights: weights, rows: byGrade, count: fullCount, start: 0)
    }

    /// The tokens that go thin, through the first hidden units of a feed-forward with `wholeLength` of them.
    func thin(through weights: FeedForwardWeights, wholeLength: Int) -> FeedForwardPart {
        FeedForwardPart(
            weights: weights, rows: byGrade + fullCount, count: count - fullCount,
            start: fullCount * wholeLength)
    }

    /// All tokens, through the feed-forward that they share beside their experts.
    ///
    /// - Parameters:
    ///   - start: where they begin in the buffers of the feed-forward.
    ///   - scales: [R]: what the outputs are multiplied by.
    func shared(
        through weights: FeedForwardWeights, start: Int, scales: UnsafePointer<Float>
    ) -> FeedForwardPart {
        FeedForwardPart(weights: weights, rows: byGrade, count: count, start: start, scales: scales)
    }
}

/// Tokens that go through the same feed-forward: those of one grade, or of one expert.
struct FeedForwardPart {
    let weights: FeedForwardWeights
    /// [count]: the tokens' places among the processed.
    let rows: UnsafePointer<UInt32>
    /// How many tokens go through it.
    let count: Int
    /// The number at which these tokens begin in the buffers of the feed-forward.
    let start: Int
    /// [count]: what the outputs are multiplied by, where they are added to those of other parts; nil: there is no
    /// other part for these tokens.
    var scales: UnsafePointer<Float>?
}

/// The tokens of a chunk that a block bypasses; a view of a `RowLists`.
struct BypassedRows {
    /// [count]: the tokens' places in the chunk, ascending.
    let tokens: UnsafePointer<UInt32>
    /// S, how many there are.
    let count: Int

    /// The place in the chunk of the i-th bypassed token.
    func token(_ i: Int) -> Int { Int(tokens[i]) }
}

/// One thread's memory for the lists of the tokens that a block processes and of those that it bypasses.
final class RowLists {
    /// [T]: room for the places of the processed tokens in the chunk, ascending.
    private let tokens: AlignedBuffer<UInt32>
    /// [T]: room for the places of tokens among the processed, those in full first.
    private let byGrade: AlignedBuffer<UInt32>
    /// [T]: room for the places of the bypassed tokens in the chunk, ascending.
    private let bypassed: AlignedBuffer<UInt32>

    /// Makes room for chunks of up to `chunkLength` tokens.
    ///
    /// - Throws: `ModelError.resources` if the system refuses memory.
    init(chunkLength: Int) throws(ModelError) {
        tokens = try AlignedBuffer(chunkLength)
        byGrade = try AlignedBuffer(chunkLength)
        bypassed = try AlignedBuffer(chunkLength)
    }

    /// Lists the tokens of a chunk that are to be processed, and the others, by the decisions about its `tokenCount`
    /// tokens. Valid until the next call.
    func list(_ decisions: UnsafePointer<RoutingDecision>, count tokenCount: Int) -> ProcessedRows {
        var count = 0
        var fullCount = 0
        var bypassedCount = 0
        for t in 0..<tokenCount {
            guard decisions[t].grade > .bypassed else {
                bypassed.pointer[bypassedCount] = UInt32(t)
                bypassedCount += 1
                continue
            }
            tokens.pointer[count] = UInt32(t)
            if decisions[t].grade == .full {
                byGrade.pointer[fullCount] = UInt32(count)
                fullCount += 1
            }
            count += 1
        }
        var place = fullCount
        for i in 0..<count where decisions[Int(tokens.pointer[i])].grade == .thin {
            byGrade.pointer[place] = UInt32(i)
            place += 1
        }
        return ProcessedRows(
            tokens: UnsafePointer(tokens.pointer), byGrade: UnsafePointer(byGrade.pointer), count: count,
            fullCount: fullCount,
            bypassed: BypassedRows(tokens: UnsafePointer(bypassed.pointer), count: bypassedCount))
    }
}
