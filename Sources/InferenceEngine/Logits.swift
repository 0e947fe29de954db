import CInt8Kernels

/// One value a vocabulary index, logits or made of them, and the highest of every segment of them, so that a search for the
/// best looks at few of them. Kept from token to token to be allocated once.
package struct Logits {
    package private(set) var values: [Float] = []
    /// One for every `INT8_LOGIT_SEGMENT` values.
    private var peaks: [Float] = []
    private var selection = TopSelection()

    package init() {}

    /// The processor's fastest; all sets give the same bits. Sharing it is safe: it is a constant of the library.
    nonisolated(unsafe) static let kernels: int8_kernels = {
        guard let set = int8_kernels_at(0) else { preconditionFailure("there is always a portable set") }
        return set.pointee
    }()

    private static let segment = Int(INT8_LOGIT_SEGMENT)

    /// Takes in logits; those that are not finite become −∞.
    package mutating func load(_ logits: UnsafeBufferPointer<Float>) {
        if values.count != logits.count {
            values = [Float](repeating: 0, count: logits.count)
            peaks = [Float](repeating: 0, count: (logits.count + Self.segment - 1) / Self.segment)
        }
        Self.kernels.finite_logits(logits.baseAddress, logits.count, &values, &peaks)
    }

    /// Lets `change` alter the values of some tokens, or, where `tokens` is nil, any.
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

    /// The `count` highest values, highest first.
    package mutating func ranking(_ count: Int) -> [RankedToken] {
        values.withUnsafeBufferPointer { values in
            peaks.withUnsafeBufferPointer { peaks in
                selection.select(count, from: values, peaks: peaks, segment: Self.segment)
            }
        }
    }
}
