import CInt8Kernels

/// Keys and values of every block, int8 in groups of 32 with an fp16 scale each, in the blocks of 16 slots that
/// the attention kernel reads.
///
/// With kv policy `all` slot p of a block belongs to position p. With `routed` only processed tokens have a
/// slot, one after the other, and the number of slots in use is kept for every position, so that the cache
/// can be cut back.
final class KVCache {
    /// Positions the cache can hold.
    let contextLength: Int
    private let kvHeadCount: Int
    /// Slots that lie together.
    private static let unit = Int(INT8_CACHE_BLOCK)
    /// Bytes of the keys, or the values, of one head for so many slots.
    private let unitBytes: Int
    /// Such units in one head.
    private let unitCount: Int
    private let keys: AlignedBuffer<UInt8>
    private let values: AlignedBuffer<UInt8>
    /// [block][position + 1] slots in use after the position; nil where every token has one. Plain memory,
    /// not an array: one thread notes the positions of a chunk while the others read the one before it.
    private let slotCounts: [AlignedBuffer<UInt32>?]

    init(configuration: ModelConfiguration, contextLength: Int) {
        self.contextLength = contextLength
        kvHeadCount = configuration.kvHeadCount
        unitBytes = int8_cache_block_bytes(configuration.headLength)
        unitCount = (contextLength + Self.unit - 1) / Self.unit
        let count = configuration.blockCount * kvHeadCount * unitCount * unitBytes
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
        let units = (contextLength + unit - 1) / unit
        return 2 * configuration.blockCount * configuration.kvHeadCount * units
            * int8_cache_block_bytes(configuration.headLength)
    }

    private func offset(block: Int, head: Int, slot: Int) -> Int {
        ((block * kvHeadCount + head) * unitCount + slot / Self.unit) * unitBytes
    }

    /// Where the keys of the unit that a slot belongs to begin.
    func keys(block: Int, head: Int, slot: Int) -> UnsafeMutablePointer<UInt8> {
        keys.pointer + offset(block: block, head: head, slot: slot)
    }

    /// Where the values of the unit that a slot belongs to begin.
    func values(block: Int, head: Int, slot: Int) -> UnsafeMutablePointer<UInt8> {
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
