import CInt8Kernels

/// Keys and values of every block, fp16: values slot by slot, keys in blocks of 16 slots that lie value by value.
///
/// With kv policy `all` slot p of a block belongs to position p. With `routed` only processed tokens have a
/// slot, one after the other, and the number of slots in use is kept for every position, so that the cache
/// can be cut back.
final class KVCache {
    /// Positions the cache can hold.
    let contextLength: Int
    private let kvHeadCount: Int
    private let headLength: Int
    /// Slots there is room for: a whole number of spans, which the attention kernel reads to their end.
    private let slotCount: Int
    private let keys: AlignedBuffer<UInt16>
    private let values: AlignedBuffer<UInt16>
    /// [block][position + 1] slots in use after the position; nil where every token has one. Plain memory,
    /// not an array: one thread notes the positions of a chunk while the others read the one before it.
    private let slotCounts: [AlignedBuffer<UInt32>?]

    init(configuration: ModelConfiguration, contextLength: Int) {
        self.contextLength = contextLength
        kvHeadCount = configuration.kvHeadCount
        headLength = configuration.headLength
        slotCount = Self.slotCount(contextLength: contextLength)
        let count = configuration.blockCount * configuration.kvLength * slotCount
        keys = AlignedBuffer(count)
        values = AlignedBuffer(count)
        let sparse = configuration.routing.kv == .routed && !configuration.routing.blocks.isEmpty
        let routed = Set(configuration.routing.blocks)
        slotCounts = (0..<configuration.blockCount).map { block in
            sparse && routed.contains(block) ? AlignedBuffer(contextLength + 1) : nil
        }
    }

    private static func slotCount(contextLength: Int) -> Int {
        let span = Int(INT8_ATTENTION_SPAN)
        return (contextLength + span - 1) / span * span
    }

    /// Bytes of keys and values for a context of this length.
    static func byteCount(configuration: ModelConfiguration, contextLength: Int) -> Int {
        let slots = slotCount(contextLength: contextLength)
        return 2 * configuration.blockCount * configuration.kvLength * slots * MemoryLayout<UInt16>.stride
    }

    private func offset(block: Int, head: Int, slot: Int) -> Int {
        ((block * kvHeadCount + head) * slotCount + slot) * headLength
    }

    /// The keys of one head from a slot on, the first of a block of 16: [blocks][headLength][16].
    func keys(block: Int, head: Int, slot: Int) -> UnsafePointer<UInt16> {
        UnsafePointer(keys.pointer + offset(block: block, head: head, slot: slot))
    }

    /// Writes values `first`… of the key of one slot.
    func setKey(block: Int, head: Int, slot: Int, first: Int, to part: UnsafeBufferPointer<UInt16>) {
        let unit = Int(INT8_KEY_BLOCK)
        let place = offset(block: block, head: head, slot: slot / unit * unit) + first * unit + slot % unit
        for (index, value) in part.enumerated() {
            keys.pointer[place + index * unit] = value
        }
    }

    /// The values of one head from a slot on: [slots][headLength].
    func values(block: Int, head: Int, slot: Int) -> UnsafePointer<UInt16> {
        UnsafePointer(values.pointer + offset(block: block, head: head, slot: slot))
    }

    /// Writes values `first`… of the value of one slot.
    func setValue(block: Int, head: Int, slot: Int, first: Int, to part: UnsafeBufferPointer<UInt16>) {
        let place = offset(block: block, head: head, slot: slot) + first
        for (index, value) in part.enumerated() {
            values.pointer[place + index] = value
        }
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
