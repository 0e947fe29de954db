import CInt8Kernels

/// Keys and values of every block, int8 in groups of 32 with an fp16 scale each, in the spans of slots that the
/// attention kernel reads.
///
/// With kv policy `all` slot p of a block belongs to position p. With `routed` only processed tokens have a
/// slot, one after the other, and the number of slots in use is kept for every position, so that the cache
/// can be cut back.
final class KVCache {
    /// Positions the cache can hold.
    let contextLength: Int
    private let kvHeadCount: Int
    /// Bytes of a span of one head.
    private let spanBytes: Int
    /// Spans there is room for, of each head.
    private let spanCount: Int
    /// [block][head][span].
    private let spans: AlignedBuffer<UInt8>
    /// [block][position + 1] slots in use after the position; nil where every token has one. Plain memory,
    /// not an array: one thread notes the positions of a chunk while the others read the one before it.
    private let slotCounts: [AlignedBuffer<UInt32>?]

    init(configuration: ModelConfiguration, contextLength: Int) throws(ModelError) {
        self.contextLength = contextLength
        kvHeadCount = configuration.kvHeadCount
        spanBytes = int8_cache_span_bytes(configuration.headLength)
        spanCount = AttentionSpans(slots: contextLength).count
        spans = try AlignedBuffer(configuration.blockCount * kvHeadCount * spanCount * spanBytes)
        let sparse = configuration.routing.kv == .routed && !configuration.routing.blocks.isEmpty
        let routed = Set(configuration.routing.blocks)
        slotCounts = try (0..<configuration.blockCount).map { block throws(ModelError) in
            sparse && routed.contains(block) ? try AlignedBuffer(contextLength + 1) : nil
        }
    }

    /// Bytes of keys and values for a context of this length.
    static func byteCount(configuration: ModelConfiguration, contextLength: Int) -> Int {
        configuration.blockCount * configuration.kvHeadCount * AttentionSpans(slots: contextLength).count
            * int8_cache_span_bytes(configuration.headLength)
    }

    /// Keys and values of a span of one head. Behind the last span there is nothing to be read.
    func span(_ index: Int, block: Int, head: Int) -> UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(spans.pointer)
            + ((block * kvHeadCount + head) * spanCount + index) * spanBytes
    }

    /// The slots in use at a block when `position` tokens are cached.
    func slots(block: Int, position: Int) -> Int {
        slotCounts[block].map { Int($0.pointer[position]) } ?? position
    }

    /// Whether every token has a slot at a block.
    func holdsEveryToken(of block: Int) -> Bool {
        slotCounts[block] == nil
    }

    /// Notes which of some tokens have a slot at a block. Positions come in order.
    func record(block: Int, position: Int, _ decisions: UnsafePointer<RoutingDecision>, count: Int) {
        guard let counts = slotCounts[block]?.pointer else { return }
        for place in position..<position + count {
            counts[place + 1] = counts[place] + (decisions[place - position].grade > .bypassed ? 1 : 0)
        }
    }
}

extension ModelConfiguration {
    /// Bytes that one token's keys and values take in the cache of one block, their scales included.
    public var cacheBytesPerToken: Int {
        2 * kvHeadCount * int8_cache_panel_bytes(headLength) / Int(INT8_CACHE_PANEL)
    }
}
