import HeapModule

/// The pairs of neighbouring tokens of one word that wait to be merged: the lowest rank, which is the most urgent,
/// first, and of equal ranks the leftmost.
///
/// A heap, so that a word of n bytes takes n log n steps however long it is.
package struct MergeQueue {
    /// Rank in the upper half and position in the lower, so that one comparison orders both.
    private var heap = Heap<UInt64>()

    /// Creates an empty queue.
    package init() {}

    /// Adds the pair whose left token is at `position` of the word, and the rank of its merge.
    package mutating func push(rank: UInt32, position: UInt32) {
        heap.insert(UInt64(rank) << 32 | UInt64(position))
    }

    /// Takes the most urgent pair out: the rank of its merge and the position of its left token; nil when none waits.
    /// The queue keeps its memory.
    package mutating func pop() -> (rank: UInt32, position: Int)? {
        heap.popMin().map { item in
            (UInt32(truncatingIfNeeded: item >> 32), Int(UInt32(truncatingIfNeeded: item)))
        }
    }
}
