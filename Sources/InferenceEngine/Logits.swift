import CInt8Kernels

/// The logits of one token, or numbers made of them, and the highest of every segment, so that a search for the highest
/// looks at few. Kept from token to token, so that memory is allocated once.
package struct Logits {
    /// [vocabulary].
    package private(set) var values: [Float] = []
    /// [vocabulary / INT8_LOGIT_SEGMENT], rounded up: the highest value of each segment.
    private var peaks: [Float] = []
    private var selection = TopSelection()

    /// Creates an object without logits.
    package init() {}

    /// The fastest kernel set of the processor; any set gives these results. Any thread may use it: it is a constant.
    nonisolated(unsafe) static let kernels: int8_kernels = {
        guard let set = int8_kernels_at(0) else { preconditionFailure("there is always a portable set") }
        return set.pointee
    }()

    private static let segment = Int(INT8_LOGIT_SEGMENT)

    /// Takes in the logits of a token, one a vocabulary index; those that are not finite become −∞.
    package mutating func load(_ logits: UnsafeBufferPointer<Float>) {
        if values.count != logits.count {
            values = [Float](repeating: 0, count: logits.count)
            peaks = [Float](repeating: 0, count: (logits.count + Self.segment - 1) / Self.segment)
        }
        Self.kernels.finite_logits(logits.baseAddress, logits.count, &values, &peaks)
    }

    /// Lets `change` alter the values, [vocabulary], of some tokens, or, where `tokens` is nil, of any. What is then
    /// not finite becomes −∞.
    package mutating func alter<R>(_ tokens: ArraySlice<Int32>? = nil, _ change: (inout [Float]) -> R) -> R {
        let result = change(&values)
        values.withUnsafeMutableBufferPointer { values in
            guard let base = values.baseAddress else { return }
            guard let tokens else {
                Self.kernels.finite_logits(base, values.count, base, &peaks)
                return
            }
            for token in tokens where values.indices.contains(Int(token)) {
                let start = Int(token) / Self.segment * Self.segment
                let count = min(Self.segment, values.count - start)
                Self.kernels.finite_logits(base + start, count, base + start, &peaks[start / Self.segment])
            }
        }
        return result
    }

    /// The `count` tokens with the highest values, highest first, lower ids first of equal values.
    package mutating func ranking(_ count: Int) -> [RankedToken] {
        values.withUnsafeBufferPointer { values in
            peaks.withUnsafeBufferPointer { peaks in
                selection.select(count, from: values, peaks: peaks, segment: Self.segment)
            }
        }
    }
}
