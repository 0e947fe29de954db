import InferenceEngine
import MoDModel

/// What is known of the tokens of one slot, taken together, but what became of them at each block.
struct SlotFigures: Sendable, Hashable {
    let slot: Int
    /// The slot's tokens that are in the window, at least one.
    let ordinals: Range<Int>
    /// Whether all of them belong to the chat template.
    let isTemplate: Bool
    /// The newest of them.
    let newest: TraceColumn
    /// Their mean depth, in blocks.
    let depth: Double
    /// Bytes of weights read for them ÷ those that the dense model reads.
    let read: Double

    /// Measures the tokens of a slot; nil where there are none.
    init?(_ slot: Int, _ ordinals: Range<Int>, of log: TraceLog, weights: WeightBytes) {
        guard let last = ordinals.last, let newest = log[last] else { return nil }
        var isTemplate = true
        var (depth, read) = (0, 0.0)
        for ordinal in ordinals {
            guard let column = log[ordinal] else { continue }
            isTemplate = isTemplate && column.isTemplate
            depth += column.token.routing.depth
            read += weights.shareRead(by: column.token.routing)
        }
        self.slot = slot
        self.ordinals = ordinals
        self.isTemplate = isTemplate
        self.newest = newest
        self.depth = Double(depth) / Double(ordinals.count)
        self.read = read / Double(ordinals.count)
    }
}

extension [SlotFigures] {
    /// The mean of a value over all tokens; nil without tokens.
    func mean(of value: KeyPath<SlotFigures, Double>) -> Double? {
        let tokens = reduce(0) { $0 + $1.ordinals.count }
        let sum = reduce(0) { $0 + $1[keyPath: value] * Double($1.ordinals.count) }
        return tokens == 0 ? nil : sum / Double(tokens)
    }

    /// The slots in runs of which all belong to one prompt or to one reply.
    var parts: [ArraySlice<SlotFigures>] {
        var parts: [ArraySlice<SlotFigures>] = []
        var start = startIndex
        for index in indices.dropFirst() where !self[index].newest.isOfOnePart(with: self[index - 1].newest) {
            parts.append(self[start..<index])
            start = index
        }
        return isEmpty ? [] : parts + [self[start...]]
    }
}

extension TraceColumn {
    /// Whether two tokens belong to one prompt or to one reply.
    func isOfOnePart(with other: TraceColumn) -> Bool {
        turn == other.turn && isReply == other.isReply
    }
}
