import CInt8Kernels

/// How attention over some slots of the cache is cut into pieces: spans, which the kernel takes at once, and stretches
/// of spans, each of which one thread joins. Both depend on the number of slots alone, so that sums depend neither on
/// the number of threads nor on whether the token came alone or in a chunk.
struct AttentionSpans {
    /// The slots that a token attends to.
    let slots: Int

    /// The most stretches: enough that threads have partitions of equal size, few enough that joining them is quick.
    static let mostStretches = 8

    /// Slots in a span.
    static var length: Int { Int(INT8_ATTENTION_SPAN) }

    /// How many spans there are; the last may be shorter.
    var count: Int { (slots + Self.length - 1) / Self.length }

    /// Spans in a stretch; the last stretch may have fewer.
    private var stretchLength: Int { max((count + Self.mostStretches - 1) / Self.mostStretches, 1) }

    /// How many stretches there are.
    var stretchCount: Int { (count + stretchLength - 1) / stretchLength }

    /// The indices of a stretch's spans.
    func spans(ofStretch index: Int) -> Range<Int> {
        index * stretchLength..<min((index + 1) * stretchLength, count)
    }

    /// Slots in the span of an index: the last span may have fewer.
    func slots(inSpan index: Int) -> Int {
        min(slots - index * Self.length, Self.length)
    }
}
