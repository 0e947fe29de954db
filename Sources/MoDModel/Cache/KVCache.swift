import CInt8Kernels

/// Keys and values of every block, int8 in groups of 32 with an fp16 scale each, in the spans that the attention kernel
/// reads. A slot of a block holds one position's keys and values.
///
/// With the kv policy `all` slot p of a block belongs to position p. With `routed` only processed tokens have a
/// slot, one after the other, and the number of slots in use is kept for every position, so that the cache
/// can be cut back.
final class KVCache {
    /// Positions the cache can hold.
    let contextLength: Int
    private let kvHeadCount: Int
    /// Bytes of a span of one head.
    private let spanBytes: Int
    /// Spans that each head has room for.
    private let spanCount: Int
    /// [block][key and value head][span][spanBytes].
    private let spans: AlignedBuffer<UInt8>
    /// [block][position + 1]: slots in use after the position; nil for a block in which every token has one. Plain
    /// memory, not an array: one thread notes the positions of a chunk while all read the position before it.
    private let slotCounts: [AlignedBuffer<UInt32>?]

    /// Makes room for `contextLength` positions.
    ///
    /// - Throws: `ModelError.resources` if the system refuses memory.
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

    /// Bytes of the keys and values of `contextLength` positions, of all blocks.
    static func byteCount(configuration: ModelConfiguration, contextLength: Int) -> Int {
        configuration.blockCount * configuration.kvHeadCount * AttentionSpans(slots: contextLength).count
            * int8_cache_span_bytes(configuration.headLength)
    }

    /// Where the keys and values of a span of one key and value head lie. An index behind the last span gives an
    /// address that may be asked for, not read.
    func span(_ index: Int, block: Int, head: Int) -> UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(spans.pointer)
            + ((block * kvHeadCount + head) * spanCount + index) * spanBytes
    }

    /// The slots of a block that are in use when the cache holds `position` tokens.
    func slots(block: Int, position: Int) -> Int {
        slotCounts[block].map { Int($0.pointer[position]) } ?? position
    }

    /// Whether every token has a slot in a block.
    func holdsEveryToken(of block: Int) -> Bool {
        slotCounts[block] == nil
    }

    /// Notes which of `count` tokens, from a position on, have a slot in a block: those it processes. Positions must
    /// come in order.
    func record(block: Int, position: Int, _ decisions: UnsafePointer<RoutingDecision>, count: Int) {
        guard let counts = slotCounts[block]?.pointer else { return }
        for place in position..<position + count {
            counts[place + 1] = counts[place] + (decisions[place - position].grade > .bypassed ? 1 : 0)
        }
    }
}

extension ModelConfiguration {
    /// Bytes that one token's keys and values take in the cache of one block, scales included.
    public var cacheBytesPerToken: Int {
        2 * kvHeadCount * int8_cache_panel_bytes(headLength) / Int(INT8_CACHE_PANEL)
    }
}
