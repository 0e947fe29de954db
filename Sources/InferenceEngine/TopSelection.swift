/// Finds the highest of many values in one pass at most, without sorting the vocabulary.
///
/// A binary heap holds the best tokens so far with the weakest at its root. Nearly every token of a vocabulary fails
/// one comparison, with that root, so the pass costs little more than reading the values.
package struct TopSelection {
    private var heap: [RankedToken] = []

    /// Creates a selection; it keeps its memory from search to search.
    package init() {}

    /// The `count` highest of `values`, [vocabulary], best first. Values of `-infinity` are never selected.
    package mutating func select(_ count: Int, from values: UnsafeBufferPointer<Float>) -> [RankedToken] {
        heap.removeAll(keepingCapacity: true)
        var floor = -Float.infinity
        search(values, in: 0..<values.count, for: count, above: &floor)
        return heap.sorted { $0.outranks($1) }
    }

    /// The `count` highest of `values`, [vocabulary], best first, given the highest of every `segment` values, `peaks`:
    /// only segments that can hold one of the best are searched. Values of `-infinity` are never selected.
    package mutating func select(
        _ count: Int, from values: UnsafeBufferPointer<Float>, peaks: UnsafeBufferPointer<Float>, segment: Int
    ) -> [RankedToken] {
        // At least `count` values are no lower than the lowest of the `count` highest peaks.
        let highest = count <= peaks.count ? select(count, from: peaks) : []
        var floor = highest.count == count ? highest.last?.value.nextDown ?? -.infinity : -.infinity
        heap.removeAll(keepingCapacity: true)
        for index in 0..<peaks.count where peaks[index] > floor {
            let start = index * segment
            search(values, in: start..<min(start + segment, values.count), for: count, above: &floor)
        }
        return heap.sorted { $0.outranks($1) }
    }

    /// Keeps the best `count` tokens of those in the heap and of a range of values; only values above `floor` can be
    /// among them.
    private mutating func search(
        _ values: UnsafeBufferPointer<Float>, in range: Range<Int>, for count: Int, above floor: inout Float
    ) {
        guard count > 0 else { return }
        for index in range where values[index] > floor {
            let token = RankedToken(id: Int32(truncatingIfNeeded: index), value: values[index])
            if heap.count < count {
                heap.append(token)
                siftUp(from: heap.count - 1)
            } else {
                heap[0] = token
                siftDown()
            }
            // Ids ascend, so a token that only equals the weakest one kept never displaces it.
            if heap.count == count { floor = heap[0].value }
        }
    }

    private mutating func siftUp(from start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[parent].outranks(heap[child]) else { return }
            heap.swapAt(parent, child)
            child = parent
        }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var weakest = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[weakest].outranks(heap[child]) {
                weakest = child
            }
            if weakest == parent { return }
            heap.swapAt(parent, weakest)
            parent = weakest
        }
    }
}
