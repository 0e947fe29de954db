import HeapModule

/// Finds the highest of many values in one pass at most, without sorting the vocabulary.
///
/// A heap holds the best tokens so far. Nearly every token of a vocabulary fails the one comparison with the weakest of
/// them, so the pass costs little more than reading the values.
package struct TopSelection {
    /// The best so far; empty between two selections.
    private var best = Heap<RankedToken>()

    /// Creates a selection; it keeps its memory from search to search.
    package init() {}

    /// The `count` highest of `values`, [vocabulary], best first. Values of `-infinity` are never selected.
    package mutating func select(_ count: Int, from values: UnsafeBufferPointer<Float>) -> [RankedToken] {
        var floor = -Float.infinity
        search(values, in: 0..<values.count, for: count, above: &floor)
        return takeBest()
    }

    /// The `count` highest of `values`, [vocabulary], best first, given the highest of every `segment` values, `peaks`:
    /// only segments that can hold one of the best are searched. Values of `-infinity` are never selected.
    package mutating func select(
        _ count: Int, from values: UnsafeBufferPointer<Float>, peaks: UnsafeBufferPointer<Float>, segment: Int
    ) -> [RankedToken] {
        // At least `count` values are no lower than the lowest of the `count` highest peaks.
        let highest = count <= peaks.count ? select(count, from: peaks) : []
        var floor = highest.count == count ? highest.last?.value.nextDown ?? -.infinity : -.infinity
        for index in 0..<peaks.count where peaks[index] > floor {
            let start = index * segment
            search(values, in: start..<min(start + segment, values.count), for: count, above: &floor)
        }
        return takeBest()
    }

    /// Keeps the best `count` tokens of those in the heap and of a range of values; only values above `floor` can be
    /// among them.
    private mutating func search(
        _ values: UnsafeBufferPointer<Float>, in range: Range<Int>, for count: Int, above floor: inout Float
    ) {
        guard count > 0 else { return }
        for index in range where values[index] > floor {
            let token = RankedToken(id: Int32(truncatingIfNeeded: index), value: values[index])
            if best.count < count {
                best.insert(token)
            } else {
                best.replaceMin(with: token)
            }
            // Ids ascend, so a token that only equals the weakest one kept never displaces it.
            if best.count == count, let weakest = best.min { floor = weakest.value }
        }
    }

    /// Takes the best out, best first. The heap keeps its memory.
    private mutating func takeBest() -> [RankedToken] {
        defer { best.removeAll { _ in true } }
        return best.unordered.sorted(by: >)
    }
}
