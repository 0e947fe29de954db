import CInt8Kernels
import Foundation

extension FuzzTarget {
    /// Every kernel set against the portable one, on shapes and numbers that the input gives, in buffers that end where
    /// the kernels' contract says.
    static let kernels = FuzzTarget(
        name: "kernels",
        seeds: {
            (0..<8).map { kind in
                Data([kind] + (0..<200).map { UInt8(truncatingIfNeeded: $0 * 37 + Int(kind)) })
            }
        }
    ) { bytes in
        var reader = InputReader(bytes)
        let checks = [multiply, attend, normalise, swiglu, rotate, route, readLogits, dequantise]
        let check = checks[Int(reader.byte()) % checks.count]
        var reference: [UInt64]?
        for index in (0..<int8_kernels_count()).reversed() {
            guard let set = int8_kernels_at(index)?.pointee else { continue }
            var numbers = Numbers(reader)
            let result = check(set, &numbers)
            require(
                result == reference ?? result,
                "\(String(cString: set.name)) gives other bits than the portable kernels")
            reference = reference ?? result
        }
    }

    private static func multiply(_ set: int8_kernels, _ numbers: inout Numbers) -> [UInt64] {
        let groups = numbers.count(1...8)
        let skipped = numbers.count(0...2)
        let rows = numbers.count(1...40)
        let tokens = numbers.count(1...9)
        let picks = (0..<numbers.count(0...tokens)).map { _ in UInt32(numbers.count(0...tokens - 1)) }
        let isPicked = numbers.count(0...1) == 1
        let columns = groups * Int(INT8_GROUP)
        let rowBytes = (groups + skipped) * Int(INT8_WEIGHT_GROUP_BYTES)
        let weights = Buffer<UInt8>(numbers.weights(groups: rows * (groups + skipped)))
        let activations = Activations(set, &numbers, tokens: tokens, columns: columns)
        let count = isPicked ? picks.count : tokens
        let stride = rows + numbers.count(0...3)
        let out = Buffer<Float>(repeating: -7, max(count * stride, 1))
        let scratch = Buffer<UInt8>(repeating: 0, int8_scratch_bytes(columns))
        let chosen = Buffer<UInt32>(picks.isEmpty ? [0] : picks)
        // The last row of a wider matrix ends with the columns that are multiplied.
        activations.withView { view in
            set.matmul(
                weights.start, rowBytes, rows, columns, &view, isPicked ? chosen.start : nil, count,
                out.start,
                stride, scratch.start, nil)
        }
        return activations.bits + out.bits
    }

    private static func attend(_ set: int8_kernels, _ numbers: inout Numbers) -> [UInt64] {
        let length = numbers.count(1...4) * Int(INT8_GROUP)
        let queries = numbers.count(1...4)
        let count = numbers.count(1...Int(INT8_ATTENTION_SPAN))
        let spans = numbers.count(1...3)
        var partials: [Float] = []
        let activations = Activations(set, &numbers, tokens: queries, columns: length)
        var bits = activations.bits
        for _ in 0..<spans {
            let span = Buffer<UInt8>(repeating: 0, int8_cache_span_bytes(length))
            for position in 0..<count {
                let key = Buffer<Float>(numbers.floats(length))
                let value = Buffer<Float>(numbers.floats(length))
                for first in Swift.stride(from: 0, to: length, by: Int(INT8_GROUP)) {
                    set.store_key(key.start + first, length, first, position, span.start)
                    set.store_value(value.start + first, length, first, position, span.start)
                }
            }
            let part = Buffer<Float>(repeating: 0, queries * int8_partial_length(length))
            activations.withView { view in
                set.attend(&view, queries, span.start, count, nil, length, 0.125, part.start)
            }
            partials += part.values.prefix(int8_partial_length(length))
            bits += span.bits + part.bits
        }
        let all = Buffer<Float>(partials)
        let out = Buffer<Float>(repeating: 0, int8_partial_length(length))
        set.join_spans(all.start, spans, int8_partial_length(length), length, out.start)
        return bits + out.bits
    }

    private static func normalise(_ set: int8_kernels, _ numbers: inout Numbers) -> [UInt64] {
        let columns = numbers.count(1...20) * 8
        let (x, weight) = (Buffer(numbers.floats(columns)), Buffer(numbers.floats(columns)))
        let out = Buffer<Float>(repeating: 0, columns)
        set.rms_norm(x.start, weight.start, columns, 1e-5, out.start)
        return out.bits
    }

    private static func swiglu(_ set: int8_kernels, _ numbers: inout Numbers) -> [UInt64] {
        let count = numbers.count(1...20) * 8
        let (gate, up) = (Buffer(numbers.floats(count)), Buffer(numbers.floats(count)))
        let out = Buffer<Float>(repeating: 0, count)
        set.swiglu(gate.start, up.start, count, out.start)
        return out.bits
    }

    private static func rotate(_ set: int8_kernels, _ numbers: inout Numbers) -> [UInt64] {
        let pairs = numbers.count(1...64)
        let x = Buffer(numbers.floats(2 * pairs))
        let (cosines, sines) = (Buffer(numbers.floats(pairs)), Buffer(numbers.floats(pairs)))
        set.rotate_pairs(x.start, 2 * pairs, cosines.start, sines.start)
        return x.bits
    }

    private static func route(_ set: int8_kernels, _ numbers: inout Numbers) -> [UInt64] {
        let (columns, hidden, tokens) = (
            numbers.count(1...10) * 8, numbers.count(1...20), numbers.count(1...4)
        )
        let (inWeight, inBias) = (Buffer(numbers.floats(hidden * columns)), Buffer(numbers.floats(hidden)))
        let outWeight = Buffer(numbers.floats(hidden))
        let x = Buffer(numbers.floats(tokens * columns))
        let units = Buffer<Float>(repeating: -7, tokens * hidden)
        var router = int8_router(
            in_weight: inWeight.start, in_bias: inBias.start, out_weight: outWeight.start, out_bias: 0.5,
            hidden: hidden)
        let first = numbers.count(0...hidden)
        let end = first + numbers.count(0...(hidden - first))
        set.router_units(&router, x.start, tokens, columns, first, end, units.start)
        let written = units.bits
        let score = set.router_score(&router, units.start)
        let products = Buffer<Float>(repeating: 0, hidden)
        set.row_products(inWeight.start, hidden, columns, x.start, products.start)
        return written + [UInt64(score.bitPattern)] + products.bits
    }

    private static func readLogits(_ set: int8_kernels, _ numbers: inout Numbers) -> [UInt64] {
        let count = numbers.count(1...200)
        let x = Buffer(numbers.anyFloats(count))
        let out = Buffer<Float>(repeating: 0, count)
        let segments = (count + Int(INT8_LOGIT_SEGMENT) - 1) / Int(INT8_LOGIT_SEGMENT)
        let peaks = Buffer<Float>(repeating: 0, segments)
        set.finite_logits(x.start, count, out.start, peaks.start)
        guard let highest = peaks.values.max(), highest.isFinite else { return out.bits + peaks.bits }
        let sums = Buffer<Double>(repeating: 0, 2)
        set.softmax_sums(out.start, count, highest, sums.start)
        return out.bits + peaks.bits + sums.values.map(\.bitPattern)
    }

    private static func dequantise(_ set: int8_kernels, _ numbers: inout Numbers) -> [UInt64] {
        let groups = numbers.count(1...12)
        let weights = Buffer<UInt8>(numbers.weights(groups: groups))
        let out = Buffer<Float>(repeating: 0, groups * Int(INT8_GROUP))
        set.dequantize_row(weights.start, groups * Int(INT8_GROUP), out.start)
        return out.bits
    }
}

/// Memory of exactly so many values, so that the address sanitizer sees whatever is touched behind it.
private final class Buffer<Value> {
    let start: UnsafeMutablePointer<Value>
    private let count: Int

    init(repeating value: Value, _ count: Int) {
        self.count = count
        let bytes = UnsafeMutableRawPointer.allocate(
            byteCount: count * MemoryLayout<Value>.stride, alignment: Int(INT8_ALIGNMENT))
        start = bytes.bindMemory(to: Value.self, capacity: count)
        start.initialize(repeating: value, count: count)
    }

    convenience init(_ values: [Value]) {
        self.init(repeating: values[0], values.count)
        for (index, value) in values.enumerated() { start[index] = value }
    }

    deinit { UnsafeMutableRawPointer(start).deallocate() }

    var values: [Value] { Array(UnsafeBufferPointer(start: start, count: count)) }
    /// The bytes, eight in a number.
    var bits: [UInt64] {
        let bytes = UnsafeRawBufferPointer(UnsafeBufferPointer(start: start, count: count))
        return stride(from: 0, to: bytes.count, by: 8).map { first in
            bytes[first..<min(first + 8, bytes.count)].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}

/// Numbers that an input gives, and after its end others that follow from it.
private struct Numbers {
    private var reader: InputReader
    private var state: UInt64 = 88_172_645_463_325_252

    init(_ reader: InputReader) { self.reader = reader }

    private mutating func byte() -> UInt8 {
        guard reader.isEmpty else {
            let byte = reader.byte()
            state ^= UInt64(byte) << 3 | 1
            return byte
        }
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state >> 24)
    }

    mutating func count(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + (Int(byte()) << 8 | Int(byte())) % range.count
    }

    /// A finite number of an exponent as the products of a model have.
    private mutating func float() -> Float {
        let (sign, exponent, high, low) = (byte(), byte(), byte(), byte())
        let bits =
            UInt32(sign & 1) << 31 | UInt32(107 + exponent % 36) << 23 | UInt32(high) << 15 | UInt32(low)
        return exponent == 0 ? 0 : Float(bitPattern: bits)
    }

    mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in float() } }

    /// What is not finite among them.
    mutating func anyFloats(_ count: Int) -> [Float] {
        (0..<count).map { _ in
            switch byte() {
            case 0: .nan
            case 1: .infinity
            case 2: -.infinity
            case 3: .greatestFiniteMagnitude
            default: float()
            }
        }
    }

    /// Groups of Q8_0 with finite scales.
    mutating func weights(groups: Int) -> [UInt8] {
        (0..<groups).flatMap { _ in
            let high = byte()
            return [byte(), high & 0x7C == 0x7C ? high & 0x83 : high]
                + (0..<Int(INT8_GROUP)).map { _ in byte() }
        }
    }
}

/// Activations that a kernel set quantised, in memory of exactly their size.
private struct Activations {
    private let values: Buffer<Int8>
    private let scales: Buffer<Float>
    private let sums: Buffer<Int32>

    init(_ set: int8_kernels, _ numbers: inout Numbers, tokens: Int, columns: Int) {
        let groups = tokens * columns / Int(INT8_GROUP)
        values = Buffer(repeating: -128, groups * Int(INT8_ACTIVATION_GROUP_BYTES))
        scales = Buffer(repeating: -1, groups)
        sums = Buffer(repeating: .min, groups)
        for token in 0..<tokens {
            let x = Buffer(token == 1 ? numbers.anyFloats(columns) : numbers.floats(columns))
            withView { set.quantize(x.start, columns, token, &$0) }
        }
    }

    func withView(_ body: (inout int8_activations) -> Void) {
        var view = int8_activations(values: values.start, scales: scales.start, sums: sums.start)
        body(&view)
    }

    var bits: [UInt64] { values.bits + scales.bits + sums.bits }
}
