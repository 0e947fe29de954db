/// The tokens of a chunk that a block processes, R of them, F in full; a view of a `RowLists`.
struct ProcessedRows {
    /// [R]: their places in the chunk, ascending.
    let tokens: UnsafePointer<UInt32>
    /// [R]: places among the processed, those of the tokens in full first, each part ascending.
    fileprivate let byGrade: UnsafePointer<UInt32>
    let count: Int
    let fullCount: Int

    var isEmpty: Bool { count == 0 }

    /// The place in the chunk of the i-th processed token.
    func token(_ i: Int) -> Int { Int(tokens[i]) }

    /// The tokens that go in full, and what they go through.
    func full(through weights: BlockWeights) -> FeedForwardPart {
        FeedForwardPart(weights: weights.feedForward, rows: byGrade, count: fullCount, first: 0)
    }

    /// The tokens that go thin, and what they go through.
    func thin(through weights: BlockWeights) -> FeedForwardPart {
        FeedForwardPart(
            weights: weights.thinFeedForward ?? weights.feedForward, rows: byGrade + fullCount,
            count: count - fullCount, first: fullCount)
    }
}

/// Tokens of one grade and the feed-forward they go through.
struct FeedForwardPart {
    let weights: FeedForwardWeights
    /// [count]: their places among the processed.
    let rows: UnsafePointer<UInt32>
    let count: Int
    /// Where their rows begin in the buffers of the feed-forward.
    let first: Int
}

/// Room for one block's lists, of one thread.
final class RowLists {
    /// [T] each.
    private let tokens: AlignedBuffer<UInt32>
    private let byGrade: AlignedBuffer<UInt32>

    init(chunkLength: Int) throws(ModelError) {
        tokens = try AlignedBuffer(chunkLength)
        byGrade = try AlignedBuffer(chunkLength)
    }

    /// Lists what was decided to be processed.
    func list(_ decisions: UnsafePointer<RoutingDecision>, count tokenCount: Int) -> ProcessedRows {
        var count = 0
        var fullCount = 0
        for t in 0..<tokenCount where decisions[t].grade > .bypassed {
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
            fullCount: fullCount)
    }
}
