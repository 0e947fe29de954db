/// The pairs of neighbouring tokens of one word that wait to be merged: the lowest rank, which is the most urgent,
/// first, and of equal ranks the leftmost.
///
/// A binary heap, so that a word of n bytes takes n log n steps however long it is.
package struct MergeQueue {
    /// Rank in the upper half and position in the lower, so that one comparison orders both.
    private var heap: [UInt64] = []

    /// Creates an empty queue.
    package init() {}

    /// Empties the queue and keeps its memory.
    package mutating func removeAll() {
        heap.removeAll(keepingCapacity: true)
    }

    /// Adds the pair whose left token is at `position` of the word, and the rank of its merge.
    package mutating func push(rank: UInt32, position: UInt32) {
        let item = UInt64(rank) << 32 | UInt64(position)
        var hole = heap.count
        heap.append(item)
        while hole > 0 {
            let parent = (hole - 1) / 2
            guard item < heap[parent] else { break }
            heap[hole] = heap[parent]
            hole = parent
        }
        heap[hole] = item
    }

    /// Takes the most urgent pair out: the rank of its merge and the position of its left token; nil when none waits.
    package mutating func pop() -> (rank: UInt32, position: Int)? {
        guard let first = heap.first, let item = heap.popLast() else { return nil }
        if !heap.isEmpty { sink(item) }
        return (UInt32(truncatingIfNeeded: first >> 32), Int(UInt32(truncatingIfNeeded: first)))
    }

    /// Puts `item` where the top was and lets it sink to its place.
    private mutating func sink(_ item: UInt64) {
        var hole = 0
        while true {
            var child = 2 * hole + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            guard heap[child] < item else { break }
            heap[hole] = heap[child]
            hole = child
        }
        heap[hole] = item
    }
}
