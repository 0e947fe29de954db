/// Keys and values of every block, fp16.
///
/// With kv policy `all` slot p of a block belongs to position p. With `routed` only processed tokens have a
/// slot, one after the other, and the number of slots in use is kept for every position, so that the cache
/// can be cut back.
final class KVCache {
    /// Positions the cache can hold.
    let contextLength: Int
    private let kvHeadCount: Int
    private let headLength: Int
    private let keys: AlignedBuffer<UInt16>
    private let values: AlignedBuffer<UInt16>
    /// [block][position + 1] slots in use after the position; nil where every token has one. Plain memory,
    /// not an array: one thread notes the positions of a chunk while the others read the one before it.
    private let slotCounts: [AlignedBuffer<UInt32>?]

    init(configuration: ModelConfiguration, contextLength: Int) {
        self.contextLength = contextLength
        kvHeadCount = configuration.kvHeadCount
        headLength = configuration.headLength
        let count = configuration.blockCount * configuration.kvLength * contextLength
        keys = AlignedBuffer(count)
        values = AlignedBuffer(count)
        let sparse = configuration.routing.kv == .routed && !configuration.routing.blocks.isEmpty
        let routed = Set(configuration.routing.blocks)
        slotCounts = (0..<configuration.blockCount).map { block in
            sparse && routed.contains(block) ? AlignedBuffer(contextLength + 1) : nil
        }
    }

    /// Bytes of keys and values for a context of this length.
    static func byteCount(configuration: ModelConfiguration, contextLength: Int) -> Int {
        2 * configuration.blockCount * configuration.kvLength * contextLength * MemoryLayout<UInt16>.stride
    }

    private func offset(block: Int, head: Int, slot: Int) -> Int {
        ((block * kvHeadCount + head) * contextLength + slot) * headLength
    }

    /// The keys of one head from a slot on: [slots][headLength].
    func keys(block: Int, head: Int, slot: Int) -> UnsafeMutablePointer<UInt16> {
        keys.pointer + offset(block: block, head: head, slot: slot)
    }

    /// The values of one head from a slot on: [slots][headLength].
    func values(block: Int, head: Int, slot: Int) -> UnsafeMutablePointer<UInt16> {
        values.pointer + offset(block: block, head: head, slot: slot)
    }

    /// The slots in use at a block when `position` tokens are cached.
    func slots(block: Int, position: Int) -> Int {
        slotCounts[block].map { Int($0.pointer[position]) } ?? position
    }

    /// Notes that the token at `position` has a slot at a block, or none. Positions come in order.
    func record(block: Int, position: Int, processed: Bool) {
        guard let counts = slotCounts[block]?.pointer else { return }
        counts[position + 1] = counts[position] + (processed ? 1 : 0)
    }
}
