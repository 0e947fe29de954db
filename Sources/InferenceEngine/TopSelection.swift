/// Finds the highest of many values in one pass, without sorting the vocabulary.
///
/// A binary heap holds the best tokens so far with the weakest at its root. Nearly every one of a vocabulary
/// fails the one comparison with that root, so the pass costs little more than reading the values.
package struct TopSelection {
    private var heap: [RankedToken] = []

    package init() {}

    /// The `count` highest of `values`, best first. Values of `-infinity` are never selected.
    package mutating func select(_ count: Int, from values: UnsafeBufferPointer<Float>) -> [RankedToken] {
        heap.removeAll(keepingCapacity: true)
        guard count > 0 else { return [] }
        var floor = -Float.infinity
        for index in 0..<values.count where values[index] > floor {
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
        return heap.sorted { $0.outranks($1) }
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
