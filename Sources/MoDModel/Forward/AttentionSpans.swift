import CInt8Kernels

/// How attention over some slots is cut into pieces: spans, which the kernel takes at once, and stretches of spans,
/// which one thread puts together. Both depend on the number of slots alone, so that the sums are the same however
/// many threads there are and whether the token came alone or in a chunk.
struct AttentionSpans {
    let slots: Int

    /// Enough for some threads to have equal shares, few enough to be put together quickly.
    static let mostStretches = 8

    static var length: Int { Int(INT8_ATTENTION_SPAN) }

    /// Spans, of which the last may be shorter.
    var count: Int { (slots + Self.length - 1) / Self.length }

    /// Spans of a stretch, of which the last may have fewer.
    private var stretchLength: Int { max((count + Self.mostStretches - 1) / Self.mostStretches, 1) }

    var stretchCount: Int { (count + stretchLength - 1) / stretchLength }

    /// The spans of a stretch.
    func spans(ofStretch index: Int) -> Range<Int> {
        index * stretchLength..<min((index + 1) * stretchLength, count)
    }

    /// Slots in a span.
    func slots(inSpan index: Int) -> Int {
        min(slots - index * Self.length, Self.length)
    }
}
